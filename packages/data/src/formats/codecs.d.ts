// The image codecs that @cornerstonejs compiles to WebAssembly come without types. All have one shape.

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export interface Decoder {
    /** A view of the module's memory, to be filled before the next call. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    /** A view of the module's memory: copy it before `delete`. */
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
    delete(): void;
  }

  /** Each package has the decoder of its name, and only that. */
  export interface Codec {
    readonly JPEGDecoder: new () => Decoder;
    readonly JpegLSDecoder: new () => Decoder;
    readonly J2KDecoder: new () => Decoder;
  }

  export default function createCodec(options?: {
    print?: (text: string) => void;
    printErr?: (text: string) => void;
  }): Promise<Codec>;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  export { default } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export { default } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
}
