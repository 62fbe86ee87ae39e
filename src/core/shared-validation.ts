import type { IConstruct } from 'constructs';

/** A validation of one construct for all constructs that depend on it, so that expensive work is done once for all of them. */
export class SharedValidation<Subject extends IConstruct, Item> {
  private readonly itemsOf = new WeakMap<Subject, Item[]>();

  constructor(private readonly validate: (subject: Subject, items: readonly Item[]) => void) {}

  add(subject: Subject, item: Item): void {
    const items = this.itemsOf.get(subject) ?? this.watch(subject);
    items.push(item);
  }

  private watch(subject: Subject): Item[] {
    const items: Item[] = [];
    this.itemsOf.set(subject, items);
    subject.node.addValidation({
      validate: () => {
        this.validate(subject, items);
        return [];
      },
    });
    return items;
  }
}
