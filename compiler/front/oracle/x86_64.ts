/**
 * Where the x86-64 System V calling convention puts the arguments of a kernel function at its
 * entry instruction: which integer register each parameter is in, and why another is not known.
 */
import { CKind, CType, resolved } from "./ctype.ts";
import { Place, PlaceKind } from "./oracle.ts";

/** rdi, rsi, rdx, rcx, r8, r9. */
const REGISTERS: i32 = 6;

/**
 * One place per parameter of a prototype. A struct of at most eight bytes passed by value has an
 * Argument place like an integer: the argument is its bytes, not its address.
 */
export function argumentPlaces(prototype: CType): Place[] {
  const places: Place[] = [];
  const params = prototype.params();
  let used: i32 = returnsInMemory(prototype) ? 1 : 0;
  for (let i: i32 = 0; i < params.length; i++) {
    const type = resolved(params[i].type);
    const size: i32 = type.size;
    if (type.kind == CKind.Float) {
      places.push(unknown("it is passed in a floating-point register"));
    } else if (type.kind == CKind.Void || type.kind == CKind.Forward) {
      places.push(unknown("its type is incomplete"));
    } else if (size <= 8) {
      if (used < REGISTERS) places.push(new Place(PlaceKind.Argument, used, ""));
      else places.push(unknown("it is passed on the stack"));
      used++;
    } else if (size <= 16) {
      const fits = used + 2 <= REGISTERS;
      places.push(
        unknown(fits ? "it is passed in two registers" : "it is passed by value on the stack"),
      );
      if (fits) used += 2;
    } else {
      places.push(unknown("it is passed by value on the stack"));
    }
  }
  return places;
}

function unknown(why: string): Place {
  return new Place(PlaceKind.Unknown, -1, why);
}

/** Large structs are returned through a hidden pointer, which takes the first register. */
function returnsInMemory(prototype: CType): bool {
  const target = prototype.target();
  if (target == null) return false;
  const type = resolved(target);
  return (type.kind == CKind.Struct || type.kind == CKind.Union) && type.size > 16;
}
