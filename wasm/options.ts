/** The options of a check as JSON, applied to the parser's options. */
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { JsonKind, JsonValue } from "./json_reader.ts";

/** How the findings are given. */
export class OutputOptions {
  /** "result": one JSON object; else a format of `render`: "json", "human", "short". */
  format: string = "result";
  /** Colours in the format "human". */
  color: bool = false;
}

/** Sets what the object names; gives what is wrong with it, or "". */
export function applyOptions(
  object: JsonValue,
  options: ParseOptions,
  output: OutputOptions,
): string {
  for (let i: i32 = 0; i < object.names.length; i++) {
    const name = object.names[i];
    const value = object.items[i];
    if (name == "args") {
      if (value.kind != JsonKind.Array) return wrong(name, "a list of texts");
      for (let k: i32 = 0; k < value.items.length; k++) {
        if (value.items[k].kind != JsonKind.Text) return wrong(name, "a list of texts");
        options.args.push(value.items[k].text);
      }
    } else if (name == "config") {
      if (value.kind != JsonKind.Object) return wrong(name, "an object of texts");
      for (let k: i32 = 0; k < value.names.length; k++) {
        if (value.items[k].kind != JsonKind.Text) return wrong(name, "an object of texts");
        options.config.set(value.names[k], value.items[k].text);
      }
    } else if (name == "guru") {
      if (value.kind != JsonKind.Bool) return wrong(name, "true or false");
      options.guru = value.truth;
    } else if (name == "skipBadVariables") {
      if (value.kind != JsonKind.Bool) return wrong(name, "true or false");
      options.skipBadVariables = value.truth;
    } else if (name == "color") {
      if (value.kind != JsonKind.Bool) return wrong(name, "true or false");
      output.color = value.truth;
    } else if (name == "format") {
      if (value.kind != JsonKind.Text || !isFormat(value.text)) {
        return wrong(name, "result, json, human or short");
      }
      output.format = value.text;
    } else {
      if (value.kind != JsonKind.Text) return wrong(name, "a text");
      if (!setText(name, value.text, options)) return "options: there is no '" + name + "'";
    }
  }
  return "";
}

function isFormat(text: string): bool {
  return text == "result" || text == "json" || text == "human" || text == "short";
}

function setText(name: string, text: string, options: ParseOptions): bool {
  if (name == "kernelRelease") options.kernelRelease = text;
  else if (name == "arch") options.arch = text;
  else if (name == "systemtapVersion") options.systemtapVersion = text;
  else if (name == "privilege") options.privilege = text;
  else if (name == "runtime") options.runtime = text;
  else return false;
  return true;
}

function wrong(name: string, wanted: string): string {
  return "options: '" + name + "' must be " + wanted;
}
