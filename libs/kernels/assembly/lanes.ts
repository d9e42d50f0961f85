/** (l0 + l1) + (l2 + l3): the one order in which the lanes of an inner product are added. */
// @ts-ignore: decorator
@inline
export function lanesSum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** acc + s·v, or acc − s·v; the product is rounded first. */
// @ts-ignore: decorator
@inline
export function step(acc: v128, s: v128, v: v128, minus: bool): v128 {
  return minus ? f32x4.sub(acc, f32x4.mul(s, v)) : f32x4.add(acc, f32x4.mul(s, v));
}
