import type { JsonNode } from '@tap-webhooks/singer';

/** Is there nothing to drop: no white space outside strings, and no earlier value of a name that stands twice? */
export function isCompact(node: JsonNode): boolean {
  if (node.members) return areMembersAdjacent(node);
  if (node.items) return areItemsAdjacent(node);
  return true;
}

function areMembersAdjacent(node: JsonNode): boolean {
  let at = node.start;
  for (const { nameStart, nameEnd, value } of node.members ?? []) {
    if (nameStart !== at + 1 || value.start !== nameEnd + 1 || !isCompact(value)) return false;
    at = value.end;
  }
  return endsAt(node, at);
}

function areItemsAdjacent(node: JsonNode): boolean {
  let at = node.start;
  for (const item of node.items ?? []) {
    if (item.start !== at + 1 || !isCompact(item)) return false;
    at = item.end;
  }
  return endsAt(node, at);
}

/** @param at past the last part, or the start when there is none. */
function endsAt(node: JsonNode, at: number): boolean {
  return node.end === (at === node.start ? at + 2 : at + 1);
}
