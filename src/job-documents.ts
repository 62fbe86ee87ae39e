/**
 * Options of `jobDocument()`.
 */
export interface JobDocumentOptions {
  /** What a device is to do with the files, in words that your devices know. Empty is an error at synth. */
  readonly operation: string;

  /**
   * Whether the document names the version of the stream, as a number, for devices that name it in their requests. After
   * the next update, and after a rollback of this one, such a job cannot be done any more: a version never comes back.
   *
   * @default false
   */
  readonly pinVersion?: boolean;

  /**
   * What else your devices must know: anything that JSON can express, as `parameters` of the document.
   *
   * @default - nothing
   */
  readonly parameters?: { [name: string]: any };
}

/**
 * A file in a job document of the OTA library of FreeRTOS.
 */
export interface OtaJobFile {
  /** The id of a file of the stream, as `fileId()` tells it. Another one is an error at synth. */
  readonly fileId: number;

  /**
   * Where the device puts the file.
   *
   * @default - the name of the file in the stream; nothing where it has none
   */
  readonly filePath?: string;

  /**
   * What the device calls the certificate that the signature is checked with.
   *
   * @default - nothing: for devices that know it
   */
  readonly certificateFile?: string;

  /**
   * The file's SHA-256-ECDSA signature in Base64; anything else is an error at synth.
   *
   * @default - nothing: for devices that take files without one
   */
  readonly signature?: string;

  /**
   * What kind of file it is, in numbers that your devices know: an integer between 0 and 255; anything else is an error at
   * synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_OTAUpdateFile.html
   *
   * @default - not said
   */
  readonly fileType?: number;
}

/**
 * Options of `otaJobDocument()`.
 */
export interface OtaJobDocumentOptions {
  /**
   * The files of the job: 1 to 10, each once; anything else is an error at synth. AWS's parser for C finds no more than ten,
   * the older OTA agent reads the first one alone.
   *
   * Source of the limit: https://github.com/aws/Jobs-for-AWS-IoT-embedded-sdk
   *
   * @default - all files of the stream, without signatures
   */
  readonly files?: OtaJobFile[];
}
