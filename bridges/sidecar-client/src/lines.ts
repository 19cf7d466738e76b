import { StringDecoder } from 'node:string_decoder';

/** Cuts what comes in pieces into lines; a line may come in thousands of pieces. */
export class Lines {
  private readonly decoder = new StringDecoder('utf8');
  private pieces: string[] = [];

  /** The lines that are complete with this piece. */
  take(piece: Buffer): string[] {
    const found = this.decoder.write(piece).split('\n');
    this.pieces.push(found.shift() ?? '');
    if (found.length === 0) {
      return [];
    }
    const lines = [this.pieces.join(''), ...found.slice(0, -1)];
    this.pieces = [found[found.length - 1] ?? ''];
    return lines;
  }
}
