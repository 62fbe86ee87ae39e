import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { IDependable } from 'constructs';
import { Construct, DependencyGroup } from 'constructs';
import { sha256Of } from './digest';
import { bundlePath } from './handler-bundle';
import { singleton } from './singleton';

const HANDLER_ID = 'CdkIotStreamsHandler';

/*
 * Lambda < event age < service timeout: an invocation that CloudFormation has given up on must not begin, or it could
 * overwrite what a rollback has restored.
 */
const LAMBDA_TIMEOUT = Duration.minutes(5);
const MAXIMUM_EVENT_AGE = Duration.minutes(20);
export const SERVICE_TIMEOUT = Duration.minutes(30);

/** The one Lambda function of a stack, for any number of streams. Its own role may only write its log. */
export class HandlerFunction extends Construct {
  static getOrCreate(scope: Construct): HandlerFunction {
    const stack = Stack.of(scope);
    return singleton(stack, HANDLER_ID, () => new HandlerFunction(stack, HANDLER_ID));
  }

  readonly function: lambda.Function;
  readonly role: iam.IRole;
  /** The constructs that must not be deleted before the resources that the function serves, without those that users add. */
  readonly lifetime: IDependable;

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    const bundle = bundlePath();
    // a log group that Lambda creates would outlive the stack; without logs:CreateLogGroup, a late line cannot create it again
    const logGroup = new logs.LogGroup(this, 'LogGroup', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      description: 'Writes the log; assumes the management roles of the streams of this stack',
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Log: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          })],
        }),
      },
    });
    this.function = new lambda.Function(this, 'Function', {
      description: 'Manages the IoT file streams of this stack, and looks up versions of its video streams',
      code: lambda.Code.fromAsset(bundle, {
        // a hash of the content alone: file times, modes and the CDK's way of hashing folders must not change templates
        assetHashType: AssetHashType.CUSTOM,
        assetHash: sha256Of(readFileSync(join(bundle, 'index.js'))),
      }),
      handler: 'index.handler',
      runtime: lambda.determineLatestNodeRuntime(this),
      role: this.role,
      logGroup,
      memorySize: 256,
      timeout: LAMBDA_TIMEOUT,
      retryAttempts: 0,
      maxEventAge: MAXIMUM_EVENT_AGE,
    });
    const invocation = this.function.node.findChild('EventInvokeConfig');
    // an imported role has no resource here
    this.lifetime = new DependencyGroup(...[this.function, invocation, this.role, logGroup].flatMap(({ node }) => node.defaultChild ?? []));
  }
}
