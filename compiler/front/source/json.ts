/**
 * Writes JSON one token after another; commas are its own business. Texts are byte strings: every
 * byte outside printable ASCII becomes a \u00XX escape, so that the output is plain ASCII.
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
    else parts.push("\\u00" + HEX.charAt((code >> 4) & 15) + HEX.charAt(code & 15));
  }
  parts.push(text.substring(plain));
  parts.push('"');
  return parts.join("");
}
