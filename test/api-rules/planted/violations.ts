import { Stack, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { secret } from './deeper/private/secret';

/* One violation of each rule, for a linter that is alive. It is never compiled. */

export interface WidgetProps {
  // no-construct-in-interface
  readonly bucket: s3.Bucket;
  /**
   * no-mutable-property-of-props-interface
   *
   * @default - none
   */
  name?: string;
  /** require-props-default-doc */
  readonly size?: number;
  /**
   * no-unused-props
   *
   * @default - none
   */
  readonly unused?: string;
}

export class Widget extends Construct {
  /** no-construct-in-public-property-of-construct */
  public readonly bucket: s3.Bucket;
  /** no-mutable-public-property-of-construct */
  public size: number;

  public constructor(scope: Construct, id: string, props: WidgetProps) {
    super(scope, id);
    this.bucket = props.bucket;
    this.size = props.size ?? secret.length + (props.name ?? '').length;
    // pascal-case-construct-id
    new Construct(this, 'in-kebab-case');
    // no-construct-stack-suffix
    new Construct(this, 'PartConstruct');
    // no-parent-name-construct-id-match
    new Construct(this, 'Widget');
  }
}

export class GadgetGrants {
  public read(): void { /* whoever reads */ }
}

export class Gadget extends Construct {
  public readonly grants = new GadgetGrants();

  // props-name-convention
  public constructor(scope: Construct, id: string, props: WidgetProps) {
    super(scope, `${id}${props.name}${props.size}${props.unused}${props.bucket.bucketName}`);
  }

  public grantRead(): void { this.grants.read(); }
}

export class WidgetStack extends Stack {
  public constructor(scope: Construct, id: string, gadget: Gadget) {
    super(scope, id);
    // prefer-grants-property
    gadget.grantRead();
  }
}
