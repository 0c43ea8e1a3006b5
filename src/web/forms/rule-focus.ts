import type { GroupForm, LeafForm, RuleForm } from './rule-form.ts';

/**
 * Where the keyboard goes on after a button of the builder, in the form as it then is: at what was added, or at what
 * took the place of what was removed. The name of a field, or the action of a button where no field is left; empty
 * where nothing moved.
 */
export function focusAfter(form: GroupForm, action: string): string {
  const [verb = '', path = ''] = action.split(' ');
  const steps = path.split('.').slice(1).map(Number);
  if (verb === 'add' || verb === 'group') return childAt(nodeAt(form, steps), path, Number.POSITIVE_INFINITY);
  if (verb === 'where') return whereAt(nodeAt(form, steps), path, Number.POSITIVE_INFINITY);
  const above = path.slice(0, path.lastIndexOf('.'));
  const index = steps.at(-1) ?? 0;
  if (verb === 'remove') return childAt(nodeAt(form, steps.slice(0, -1)), above, index);
  if (verb === 'unwhere') return whereAt(nodeAt(form, steps.slice(0, -1)), above, index);
  return '';
}

function nodeAt(form: RuleForm, steps: number[]): RuleForm | undefined {
  return steps.reduce<RuleForm | undefined>(
    (node, step) => (node?.type === 'group' ? node.children[step] : undefined),
    form,
  );
}

/** The first field of this child, or of the last one there is. */
function childAt(node: GroupForm | LeafForm | undefined, path: string, index: number): string {
  if (node?.type !== 'group') return '';
  const at = Math.min(index, node.children.length - 1);
  const child = node.children[at];
  if (!child) return `add ${path}`;
  return `${path}.${at}.${child.type === 'group' ? 'mode' : 'kind'}`;
}

function whereAt(node: GroupForm | LeafForm | undefined, path: string, index: number): string {
  if (node?.type !== 'leaf') return '';
  const at = Math.min(index, node.where.length - 1);
  return at < 0 ? `where ${path}` : `${path}.where.${at}.property`;
}
