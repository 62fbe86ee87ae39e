import { ServiceError } from './errors';
import { readersOf, Violations as AnyViolations } from '../../service/violations';

export type { JsonObject, StringConstraint } from '../../service/violations';

/** The validation errors of a request, in the form of this service. */
export class Violations extends AnyViolations {
  constructor() {
    super(invalid);
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError('InvalidRequestException', message);
}

export const { objectOf, stringIn, integerIn, listIn, bodyOf } = readersOf(invalid);
