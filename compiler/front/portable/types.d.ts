/**
 * The number types of the portable subset, for Deno's compiler.
 *
 * AssemblyScript has these built in; this file tells TypeScript what they are. The 64-bit types
 * are opaque on purpose: arithmetic on them goes through the helpers in `target.ts`.
 */
declare type i32 = number;
declare type u32 = number;
declare type u8 = number;
declare type u16 = number;
declare type bool = boolean;
declare type f64 = number;
