import type { IResource } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { PARAMETERS } from './private/input';
import { validateMetricName } from './private/validation';

/** The stream that metrics are about. */
interface MeasuredStream extends IResource {
  readonly streamName: string;
}

/**
 * CloudWatch metrics of a video stream, each with the statistic that fits it.
 *
 * Source: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/monitoring-cloudwatch.html
 */
export class KinesisVideoStreamMetrics {
  /** @internal */
  public static _of(stream: MeasuredStream): KinesisVideoStreamMetrics {
    return new KinesisVideoStreamMetrics(stream);
  }

  private constructor(private readonly stream: MeasuredStream) {}

  /**
   * The bytes that the stream received. The statistic is Sum.
   *
   * @param options the period, the label and other options of the metric
   */
  public incomingBytes(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('PutMedia.IncomingBytes', 'Sum', options);
  }

  /**
   * The complete fragments that the stream received. The statistic is Sum.
   *
   * @param options the period, the label and other options of the metric
   */
  public incomingFragments(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('PutMedia.IncomingFragments', 'Sum', options);
  }

  /**
   * The share of fragments that were written, from 0 to 1. The statistic is Average.
   *
   * @param options the period, the label and other options of the metric
   */
  public putMediaSuccess(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('PutMedia.Success', 'Average', options);
  }

  /**
   * The error acknowledgements that producers received. The statistic is Sum.
   *
   * @param options the period, the label and other options of the metric
   */
  public errorAcks(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('PutMedia.ErrorAckCount', 'Sum', options);
  }

  /**
   * The milliseconds between the first and the last byte of a fragment. The statistic is Average.
   *
   * @param options the period, the label and other options of the metric
   */
  public fragmentIngestionLatency(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('PutMedia.FragmentIngestionLatency', 'Average', options);
  }

  /**
   * The milliseconds by which readers lag behind the newest fragment. The statistic is Maximum.
   *
   * @param options the period, the label and other options of the metric
   */
  public millisBehindNow(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.withStatistic('GetMedia.MillisBehindNow', 'Maximum', options);
  }

  /**
   * Returns any metric of the stream. The statistic is Average, unless the options name another one.
   *
   * @param metricName the name, such as 'GetMedia.Requests'
   * @param options the statistic, the period, the label and other options of the metric
   */
  public metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    PARAMETERS.metricName('metricName', metricName);
    validateMetricName(metricName);
    PARAMETERS.options('options', options);
    const { streamName, env: { region, account } } = this.stream;
    return new cloudwatch.Metric({
      namespace: 'AWS/KinesisVideo',
      metricName,
      dimensionsMap: { StreamName: streamName },
      // an imported stream may be elsewhere than what shows its metrics
      region: literal(region),
      account: literal(account),
      ...options,
    });
  }

  private withStatistic(metricName: string, statistic: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    PARAMETERS.options('options', options);
    return this.metric(metricName, { statistic, ...options });
  }
}

function literal(value: string): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
