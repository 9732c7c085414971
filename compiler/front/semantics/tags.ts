/** Tags in embedded C: comments such as `pure` and `pragma:read:v`. */
import { Tags } from "../ir/ir.ts";
import { Session } from "./session.ts";
import { Source } from "../source/source.ts";

/** The comment words of a text of C, in order. */
function commentWords(code: string): string[] {
  const words: string[] = [];
  let from: i32 = 0;
  while (true) {
    const open: i32 = code.indexOf("/*", from);
    if (open < 0) return words;
    const close: i32 = code.indexOf("*/", open + 2);
    if (close < 0) return words;
    words.push(code.substring(open + 2, close).trim());
    from = close + 2;
  }
}

/** Name of the engines' own implementation, or "". */
export function engineOf(code: string): string {
  const words = commentWords(code);
  for (let i: i32 = 0; i < words.length; i++) {
    if (words[i].startsWith("pragma:engine:")) return words[i].substring(14);
  }
  return "";
}

export function tagsOf(session: Session, code: string, source: Source): Tags {
  const tags = new Tags();
  const words = commentWords(code);
  for (let i: i32 = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "pure") tags.pure = true;
    else if (word == "stable") tags.stable = true;
    else if (word == "unprivileged") tags.unprivileged = true;
    else if (word == "myproc-unprivileged") tags.myprocUnprivileged = true;
    else if (word == "guru") tags.guru = true;
    else if (word == "unmodified-fnargs") tags.unmodifiedFnargs = true;
    else if (word == "unmangled") tags.unmangled = true;
    else if (word.startsWith("pragma:read:")) {
      globalIndex(session, word.substring(12), source, tags.reads);
    } else if (word.startsWith("pragma:write:")) {
      globalIndex(session, word.substring(13), source, tags.writes);
    } else if (word.startsWith("pragma:") && !word.startsWith("pragma:engine:")) {
      tags.pragmas.push(word.substring(7));
    }
  }
  return tags;
}

/** Marks the globals that embedded code reads or writes as used. */
export function useTaggedGlobals(session: Session, code: string, source: Source): void {
  const words = commentWords(code);
  for (let i: i32 = 0; i < words.length; i++) {
    let name = "";
    if (words[i].startsWith("pragma:read:")) name = words[i].substring(12);
    if (words[i].startsWith("pragma:write:")) name = words[i].substring(13);
    if (name == "") continue;
    const v = session.global(name, source);
    if (v != null) v.used = true;
  }
}

function globalIndex(session: Session, name: string, source: Source, out: i32[]): void {
  const v = session.global(name, source);
  if (v != null && v.index >= 0) out.push(v.index);
}
