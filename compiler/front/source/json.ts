/**
 * Writes JSON one token after another; commas are its own business. Texts are byte strings: every
 * byte outside printable ASCII becomes a \u00XX escape, so that the output is plain ASCII, unless
 * the text is written with `utf8`.
 */
export class JsonWriter {
  private parts: string[] = [];
  /** Something stands before the next value on this level: a comma is due. */
  private due: bool = false;

  openObject(): JsonWriter {
    return this.open("{");
  }

  closeObject(): JsonWriter {
    return this.close("}");
  }

  openArray(): JsonWriter {
    return this.open("[");
  }

  closeArray(): JsonWriter {
    return this.close("]");
  }

  /** The name of the value that follows. */
  name(text: string): JsonWriter {
    this.value('"' + text + '":');
    this.due = false;
    return this;
  }

  text(text: string): JsonWriter {
    return this.value(jsonText(text));
  }

  /** As `text`, but UTF-8 stays as it is: for what people read. */
  utf8(text: string): JsonWriter {
    return this.value(jsonUtf8(text));
  }

  int(value: i32): JsonWriter {
    return this.value(value.toString());
  }

  bool_(value: bool): JsonWriter {
    return this.value(value ? "true" : "false");
  }

  null_(): JsonWriter {
    return this.value("null");
  }

  /** All that was written. */
  finish(): string {
    return this.parts.join("");
  }

  private open(bracket: string): JsonWriter {
    this.value(bracket);
    this.due = false;
    return this;
  }

  private close(bracket: string): JsonWriter {
    this.parts.push(bracket);
    this.due = true;
    return this;
  }

  private value(text: string): JsonWriter {
    if (this.due) this.parts.push(",");
    this.parts.push(text);
    this.due = true;
    return this;
  }
}

const HEX: string = "0123456789abcdef";

/** A byte string as a JSON string literal. */
export function jsonText(text: string): string {
  const parts: string[] = ['"'];
  let plain: i32 = 0;
  for (let i: i32 = 0; i < text.length; i++) {
    const code: i32 = text.charCodeAt(i);
    if (code >= 32 && code < 127 && code != 34 && code != 92) continue;
    parts.push(text.substring(plain, i));
    plain = i + 1;
    if (code == 34) parts.push('\\"');
    else if (code == 92) parts.push("\\\\");
    else if (code == 10) parts.push("\\n");
    else if (code == 9) parts.push("\\t");
    else parts.push("\\u00" + hexByte(code));
  }
  parts.push(text.substring(plain));
  parts.push('"');
  return parts.join("");
}

/** A JSON string of a byte string: UTF-8 stays, any other byte is named by its code. */
export function jsonUtf8(text: string): string {
  const parts: string[] = ['"'];
  let at: i32 = 0;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    const length = utf8Length(text, at);
    if (c == 34 || c == 92) parts.push("\\" + text.charAt(at));
    else if (c == 10) parts.push("\\n");
    else if (c == 9) parts.push("\\t");
    else if (c < 32 || c == 127 || length == 0) parts.push("\\u00" + hexByte(c));
    else parts.push(text.substring(at, at + length));
    at += length > 0 ? length : 1;
  }
  parts.push('"');
  return parts.join("");
}

function hexByte(c: i32): string {
  return HEX.charAt((c >> 4) & 15) + HEX.charAt(c & 15);
}

/** Bytes of the UTF-8 sequence at `at`; 0 if there is none. */
function utf8Length(text: string, at: i32): i32 {
  const c = text.charCodeAt(at);
  if (c < 128) return 1;
  const length: i32 = c >= 0xc2 && c < 0xe0 ? 2 : (c >= 0xe0 && c < 0xf0 ? 3 : 4);
  if (c < 0xc2 || c > 0xf4 || at + length > text.length) return 0;
  const second = text.charCodeAt(at + 1);
  if (c == 0xe0 && second < 0xa0) return 0;
  if (c == 0xed && second > 0x9f) return 0;
  if (c == 0xf0 && second < 0x90) return 0;
  if (c == 0xf4 && second > 0x8f) return 0;
  for (let i: i32 = 1; i < length; i++) {
    const next = text.charCodeAt(at + i);
    if (next < 128 || next > 191) return 0;
  }
  return length;
}
