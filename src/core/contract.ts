/*
 * What the handler and all constructs share. This file imports nothing.
 */

/**
 * The most bytes of an answer to CloudFormation.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export const MAXIMUM_RESPONSE_BYTES = 4096;
