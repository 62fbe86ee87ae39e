import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { ErrorRules } from './error-advice';
import type { LogContext } from './log';

export type Event = CloudFormationCustomResourceEvent;

/** Attributes for `Fn::GetAtt`; CloudFormation accepts only strings. */
export type Attributes = Readonly<Record<string, string>>;

/** The context of an operation besides its event. */
export interface Invocation {
  readonly context: LogContext;
  /** Aborts every running call at the deadline of the invocation. */
  readonly signal: AbortSignal;
  /** The time when the presigned URL expires, which orders the events of a resource; undefined if the URL does not contain it. */
  readonly expiry?: number;
  /** The IDs of streams that an earlier attempt of this invocation has found. */
  readonly found: Set<string>;
}

type Operation = (event: Event, invocation: Invocation) => Promise<Attributes>;

/**
 * One custom resource type. Its operations throw to fail. They are retried from the start during IAM propagation, so each
 * must converge.
 */
export interface ResourceType {
  /** Returns the ID of the stream of an event, for the log. */
  readonly subject: (event: Event) => string;
  /** Returns the physical ID for a successful Create. Only a Delete with this ID removes anything. */
  readonly physicalId: (event: Event) => string;
  readonly create: Operation;
  readonly update: Operation;
  readonly delete: Operation;
  /** The classification of errors of the services that this resource calls. */
  readonly errors: ErrorRules;
}

/** The resource types by their names in the template. */
export type Registry = Readonly<Record<string, ResourceType>>;
