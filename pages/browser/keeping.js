// What a component keeps from one call of its script to the next.

/**
 * Gives each element a value of its own, made when it is first asked for and kept as long as the element.
 *
 * @template {WeakKey} Root
 * @template Value
 * @param {(root: Root) => Value} make
 * @returns {(root: Root) => Value}
 */
export function keeping(make) {
  /** @type {WeakMap<Root, Value>} */
  const kept = new WeakMap()
  return (root) => {
    const known = kept.get(root)
    if (known !== undefined) return known
    const made = make(root)
    kept.set(root, made)
    return made
  }
}
