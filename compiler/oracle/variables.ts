/** Variables at a place in the code, with their locations as the front end understands them. */
import { At, Tag } from "../debuginfo/dwarf/constants.ts";
import * as expression from "../debuginfo/dwarf/expression.ts";
import {
  enclosingFunction,
  inherited,
  rootOrigin,
  visibleAt,
} from "../debuginfo/dwarf/functions.ts";
import { placesOf } from "../debuginfo/dwarf/locations.ts";
import { entryOf } from "../debuginfo/dwarf/ranges.ts";
import type { Die } from "../debuginfo/dwarf/unit.ts";
import type { CType } from "../front/oracle/ctype.ts";
import { CKind, resolved } from "../front/oracle/ctype.ts";
import { argumentPlaces } from "../front/oracle/x86_64.ts";
import { LocatedPart, Location, Term, TermKind } from "../front/oracle/location.ts";
import { Place, PlaceKind, Variable } from "../front/oracle/oracle.ts";
import type { DebugImage } from "./image.ts";
import type { SiteRecord } from "./sites.ts";

/** What is visible at a site: parameters in order, then locals. */
export function variablesAt(site: SiteRecord): Variable[] {
  const { image, scope, address } = site;
  const places = new PlaceFinder(image, scope, address);
  return visibleAt(scope, address).map((visible) => {
    const type = typeOf(image, visible.die);
    const place = visible.parameter ? places.ofParameter(visible.die, type) : null;
    const variable = new Variable(visible.name, type, place ?? places.of(visible.die, type));
    variable.local = !visible.parameter;
    return variable;
  });
}

/** The type of a variable: its own, or that of what it is an instance of. */
export function typeOf(image: DebugImage, die: Die): CType {
  const found = inherited(die, At.type);
  return image.types.of(found == null ? die : found.at);
}

/** Registers that calls keep: at a function's entry they are the caller's. */
const KEPT_BY_CALLS = [3, 6, 12, 13, 14, 15];
const STACK_POINTER = 7;
/** DWARF numbers of rdi, rsi, rdx, rcx, r8, r9 (x86-64 psABI, sections 3.2.3 and 3.6.2). */
export const ARGUMENT_REGISTERS = [5, 4, 1, 2, 8, 9];

/**
 * Can an argument be there when the function begins? The compiler may tell one place for all of the
 * function, which only holds once its first instructions have run: a register that is the caller's,
 * or memory below the stack pointer.
 */
function holdsAtEntry(place: expression.Place): boolean {
  if (place.kind == "value") {
    const { value } = place;
    return value.op != "register" || !KEPT_BY_CALLS.includes(value.register);
  }
  if (place.kind != "memory") return true;
  const { address } = place;
  if (address.op != "binary" || address.symbol != "+") return true;
  const { left, right } = address;
  return left.op != "register" || left.register != STACK_POINTER || right.op != "constant" ||
    right.value >= 0n;
}

const parametersOf = (die: Die) =>
  die.unit.children(die).filter((at) => at.tag == Tag.formalParameter);

const unknown = (why: string) => new Place(PlaceKind.Unknown, -1, why);

class PlaceFinder {
  private context: expression.EvaluationContext;

  constructor(private image: DebugImage, private scope: Die, address: number) {
    const around = enclosingFunction(scope);
    this.context = {
      unit: scope.unit,
      address,
      entry: (around == null ? null : entryOf(around)) ?? NaN,
      frameBase: null,
      frames: null,
    };
    // Frames are read when a variable lies on the stack.
    const { context } = this;
    Object.defineProperty(context, "frames", { get: () => image.frames(), enumerable: true });
    if (around != null) context.frameBase = expression.frameBaseOf(around, context);
  }

  /** Of a parameter at the entry of a function with code of its own; null for any other. */
  ofParameter(die: Die, type: CType): Place | null {
    const { address, entry } = this.context;
    if (address != entry || this.scope.tag != Tag.subprogram) return null;
    const bytes = placesOf(die, At.location)?.before(address) ?? null;
    if (bytes == null) return null;
    const place = expression.evaluate(bytes, this.context);
    if (holdsAtEntry(place)) return this.placed(place, type);
    return this.byConvention(die) ?? unknown("its place is only told for later in the function");
  }

  /** Where callers put it, if the function still has the parameters that its source has. */
  private byConvention(die: Die): Place | null {
    const { image, scope } = this;
    const all = parametersOf(scope), index = all.findIndex((other) => other.offset == die.offset);
    const definition = parametersOf(rootOrigin(scope));
    if (index < 0 || all.length != definition.length) return null;
    if (all.some((one, i) => rootOrigin(one).offset != rootOrigin(definition[i]).offset)) {
      return null;
    }
    const place = argumentPlaces(image.types.prototype(rootOrigin(scope)))[index];
    if (place == undefined || place.kind != PlaceKind.Argument) return place ?? null;
    const location = new Location();
    location.term = new Term(TermKind.Register);
    location.term.number = ARGUMENT_REGISTERS[place.index];
    return computed(location);
  }

  of(die: Die, type: CType): Place {
    const constant = inherited(die, At.constValue);
    const places = placesOf(die, At.location) ?? this.inherited(die);
    if (places == null) {
      return constant == null ? unknown(expression.OPTIMISED_OUT) : this.constant(constant.at);
    }
    const bytes = places.at(this.context.address);
    if (bytes == null) return unknown("it was optimised out at this place");
    return this.placed(expression.evaluate(bytes, this.context), type);
  }

  private placed(place: expression.Place, type: CType): Place {
    if (resolved(type).kind == CKind.Float && place.kind == "value") {
      return unknown("it is a floating-point number in a register");
    }
    return this.converted(place);
  }

  private inherited(die: Die) {
    const found = inherited(die, At.location);
    return found == null ? null : placesOf(found.at, At.location);
  }

  private constant(die: Die): Place {
    const value = die.unit.value(die, At.constValue);
    if (value == null || (value.block != null && value.block.length > 8)) {
      return unknown("it is a constant of more than 64 bits");
    }
    let number = value.exact ?? BigInt(value.number);
    if (value.block != null) {
      number = 0n;
      for (const byte of [...value.block].reverse()) number = number << 8n | BigInt(byte);
    }
    const location = new Location();
    location.term = constantTerm(BigInt.asIntN(64, number));
    return computed(location);
  }

  private converted(place: expression.Place): Place {
    const location = new Location();
    if (place.kind == "none") return unknown(place.why);
    if (place.kind == "pieces") {
      for (const piece of place.pieces) location.parts.push(this.part(piece));
      if (location.parts.every((part) => part.term == null)) {
        return unknown(expression.OPTIMISED_OUT);
      }
      return computed(location);
    }
    location.inMemory = place.kind == "memory";
    location.term = this.term(place.kind == "memory" ? place.address : place.value);
    return location.term == null ? unknown(NO_SYMBOL) : computed(location);
  }

  private part(piece: expression.Piece): LocatedPart {
    const { spot } = piece;
    const whole = piece.bitOffset % 8 == 0 && piece.bitSize % 8 == 0;
    const term = spot.kind == "none" || !whole
      ? null
      : this.term(spot.kind == "memory" ? spot.address : spot.value);
    return new LocatedPart(piece.bitOffset >> 3, piece.bitSize >> 3, term, spot.kind == "memory");
  }

  /** null if it holds an address that cannot be told to the running kernel. */
  private term(from: expression.Term): Term | null {
    switch (from.op) {
      case "register": {
        // General registers and the instruction pointer.
        if (from.register > 16) return null;
        const term = new Term(TermKind.Register);
        term.number = from.register;
        return term;
      }
      case "constant":
        return constantTerm(from.value);
      case "address":
        return this.address(from.value);
      case "load": {
        const term = new Term(TermKind.Load);
        term.number = from.size;
        term.left = this.term(from.from);
        return term.left == null ? null : term;
      }
      case "binary": {
        const term = new Term(TermKind.Binary);
        term.name = from.symbol;
        term.left = this.term(from.left);
        term.right = this.term(from.right);
        return term.left == null || term.right == null ? null : term;
      }
    }
  }

  private address(address: number): Term | null {
    const place = this.image.symbolFor(address);
    if (place == null) return null;
    const term = new Term(TermKind.Address);
    term.name = place.symbol;
    term.text = this.image.module;
    term.number = place.offset;
    return term;
  }
}

const NO_SYMBOL = "its place is not known to the running kernel";

function constantTerm(value: bigint): Term {
  const term = new Term(TermKind.Constant);
  term.text = value.toString();
  return term;
}

function computed(location: Location): Place {
  const place = new Place(PlaceKind.Computed, -1, "");
  place.location = location;
  return place;
}
