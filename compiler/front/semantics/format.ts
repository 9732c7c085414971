/** printf formats: text to pieces. */
import { FormatPiece, PieceKind } from "../ir/ir.ts";
import { codeAt } from "../portable/target.ts";

/** A piece with the arguments that it takes, in order: width, precision, value. */
export class ParsedPiece {
  starWidth: bool = false;
  starPrecision: bool = false;

  constructor(public piece: FormatPiece) {}

  /** Number of arguments that it takes. */
  args(): i32 {
    let count: i32 = this.piece.kind == PieceKind.Text ? 0 : 1;
    if (this.starWidth) count++;
    if (this.starPrecision) count++;
    return count;
  }
}

export class ParsedFormat {
  pieces: ParsedPiece[] = [];
  /** The first bad directive, or "". */
  problem: string = "";

  args(): i32 {
    let count: i32 = 0;
    for (let i: i32 = 0; i < this.pieces.length; i++) count += this.pieces[i].args();
    return count;
  }
}

/** "%" [flag] [width] ["." precision] ["l"] conversion, and text between. */
export function parseFormat(text: string): ParsedFormat {
  return new FormatParser(text).parse();
}

class FormatParser {
  private at: i32 = 0;
  private out: ParsedFormat = new ParsedFormat();
  private literal: string[] = [];

  constructor(private text: string) {}

  parse(): ParsedFormat {
    while (this.at < this.text.length) {
      const c = this.text.charAt(this.at);
      this.at++;
      if (c != "%") this.literal.push(c);
      else if (this.at >= this.text.length) this.literal.push("%");
      else if (this.text.charAt(this.at) == "%") {
        this.at++;
        this.literal.push("%");
      } else this.directive();
    }
    this.flush();
    return this.out;
  }

  private flush(): void {
    if (this.literal.length == 0) return;
    const piece = new FormatPiece(PieceKind.Text, this.literal.join(""));
    this.out.pieces.push(new ParsedPiece(piece));
    this.literal = [];
  }

  private directive(): void {
    this.flush();
    const start: i32 = this.at - 1;
    const parsed = new ParsedPiece(new FormatPiece(PieceKind.Long, ""));
    const piece = parsed.piece;
    while (this.flag(piece)) this.at++;
    if (this.text.charAt(this.at) == "*") {
      parsed.starWidth = true;
      this.at++;
    } else piece.width = this.number();
    if (this.text.charAt(this.at) == ".") {
      this.at++;
      if (this.text.charAt(this.at) == "*") {
        parsed.starPrecision = true;
        this.at++;
      } else {
        const digits = this.number();
        piece.precision = digits < 0 ? 0 : digits;
      }
    }
    while (this.text.charAt(this.at) == "l") this.at++;
    const conversion = this.at < this.text.length ? this.text.charAt(this.at) : "";
    this.at++;
    this.conversion(piece, conversion);
    if (piece.conversion == "") {
      if (this.out.problem == "") this.out.problem = this.text.substring(start, this.at);
      return;
    }
    this.out.pieces.push(parsed);
  }

  private conversion(piece: FormatPiece, c: string): void {
    if (c == "") return;
    if (c == "s") {
      piece.kind = PieceKind.Str;
      piece.conversion = c;
    } else if (c == "m" || c == "M") {
      piece.kind = PieceKind.Memory;
      piece.conversion = c;
    } else if (c == "i") piece.conversion = "d";
    else if ("duoxXpcb".includes(c)) piece.conversion = c;
  }

  private flag(piece: FormatPiece): bool {
    const c = this.text.charAt(this.at);
    if (c == "0") piece.zero = true;
    else if (c == "+") piece.plus = true;
    else if (c == " ") piece.space = true;
    else if (c == "-") piece.left = true;
    else if (c == "#") piece.alternate = true;
    else return false;
    return true;
  }

  /** Decimal digits, or -1 if there are none; capped. */
  private number(): i32 {
    let value: i32 = -1;
    while (true) {
      const c = codeAt(this.text, this.at);
      if (c < 48 || c > 57) return value;
      value = (value < 0 ? 0 : value) * 10 + (c - 48);
      if (value > 65535) value = 65535;
      this.at++;
    }
  }
}
