/** For each name, the names that it imports. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * Returns the groups of nodes that import each other in a circle, directly or through others, each group sorted. A graph without
 * circles has none. A node that imports itself is a group of one. The algorithm is Tarjan's (strongly connected components).
 */
export function circlesIn(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const groups: string[][] = [];

  function visit(node: string): number {
    const own = index.size;
    index.set(node, own);
    let low = own;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) low = Math.min(low, visit(next));
      else if (path.includes(next)) low = Math.min(low, lowest.get(next) ?? index.get(next) ?? own);
    }
    lowest.set(node, low);
    if (low === own) groups.push(path.splice(path.indexOf(node)));
    return low;
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return groups
    .filter(([first = '', ...others]) => others.length > 0 || graph.get(first)?.includes(first))
    .map((group) => group.sort());
}
