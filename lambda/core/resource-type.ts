import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { ErrorRules } from './error-advice';
import type { LogContext } from './log';

export type Event = CloudFormationCustomResourceEvent;

/** Attributes for `Fn::GetAtt`: CloudFormation takes strings. */
export type Attributes = Readonly<Record<string, string>>;

/** What an operation works with besides its event. */
export interface Invocation {
  readonly context: LogContext;
  /** Ends every call that is still under way when the time of the invocation is over. */
  readonly signal: AbortSignal;
  /** Orders the events of a resource: when the address for the answer expires. Undefined if the address does not say so. */
  readonly expiry?: number;
  /** The ids of streams that an earlier attempt of this invocation has found. */
  readonly found: Set<string>;
}

type Operation = (event: Event, invocation: Invocation) => Promise<Attributes>;

/**
 * One custom resource type. Its operations are repeated from the start while IAM propagates, so each converges: what an
 * earlier attempt did is found by the next. They throw to fail.
 */
export interface ResourceType {
  /** The id of the stream that an event is about, for the log. */
  readonly subject: (event: Event) => string;
  /** What a successful Create answers. Only a Delete that names it removes anything. */
  readonly physicalId: (event: Event) => string;
  readonly create: Operation;
  readonly update: Operation;
  readonly delete: Operation;
  /** How errors of the services that only this resource calls are classified. */
  readonly errors: ErrorRules;
}

/** By the name of the type in the template. */
export type Registry = Readonly<Record<string, ResourceType>>;
