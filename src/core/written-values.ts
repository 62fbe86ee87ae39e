/*
 * Reads what stands in a template. Overrides and L1 resources can put anything there, and CloudFormation judges it: what is
 * no list has no items here, and what is malformed refers to nothing.
 */

/** The items of a list. */
export function itemsOf(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((item) => item !== null) : [];
}

/** What `Fn::GetAtt` refers to: the argument is a list, or a text with dots. */
export function attributeOf(argument: unknown): { readonly id: string; readonly name: string } | undefined {
  const [id, ...name] = typeof argument === 'string' ? argument.split('.') : itemsOf(argument);
  return typeof id === 'string' ? { id, name: name.join('.') } : undefined;
}
