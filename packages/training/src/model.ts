// OmniVec2 from a config and its streams: tokenizers, f, fusion with g, task heads, mask decoders.
//   training, two streams:  x -> f -> cross-attention with the partner -> g -> head
//   inference, one stream:  head(g(f(x)))

import type { Modality } from '@omnigrad/data';
import { Fusion } from '@omnigrad/fusion';
import { type Interpolation, MaskDecoder, TaskHead } from '@omnigrad/heads';
import {
  type Mode,
  modeOf,
  type Parameter,
  ParameterArena,
  type ParameterGroup,
  ParameterScope,
  type Tokens,
} from '@omnigrad/nn';
import { ArgumentError, type Backend, foldKey, type RngKey, type Tensor } from '@omnigrad/tensor';
import { type TransformerConfig, Trunk } from '@omnigrad/trunk';
import type { ModelConfig, StageNumber } from './config.ts';
import { checkPartners } from './partners.ts';
import type { Stream, StreamDefinition } from './stream.ts';

/** Stage 3 trains without decoders; stage 1 without fusion and heads; stage 2 without heads. */
const trainedPrefixes: { readonly [S in StageNumber]: readonly string[] } = {
  1: ['tokenizers.', 'trunk.'],
  2: ['tokenizers.', 'trunk.', 'fusion.'],
  3: ['tokenizers.', 'trunk.', 'fusion.', 'heads.'],
};

export class OmniVec2 implements Disposable {
  readonly config: ModelConfig;
  readonly streams: readonly Stream[];
  readonly trunk: Trunk;
  readonly fusion: Fusion;
  /** Everything that lasts. */
  readonly arena: ParameterArena;
  readonly #heads = new Map<string, TaskHead>();
  readonly #decoders = new Map<Modality, MaskDecoder>();
  #decoderArena: ParameterArena | null;

  constructor(config: ModelConfig, definitions: readonly StreamDefinition[], backend: Backend, key: RngKey) {
    this.config = config;
    const shared = { norm: config.norm, normEps: config.normEps, dropout: config.dropout };
    const scope = new ParameterScope();
    const tokenizers = scope.child('tokenizers');
    this.streams = definitions.map((d) => d.bind(tokenizers.child(d.modality), config.width));
    this.trunk = new Trunk(scope.child('trunk'), {
      ...config.trunk,
      ...shared,
      width: config.width,
      reduction: config.reduction,
    });
    const [, , width] = config.reduction;
    this.fusion = new Fusion(scope.child('fusion'), {
      transformer: { ...config.g, ...shared, width },
      crossHeads: config.crossHeads,
      decodeCross: config.decodeCross,
    });
    const heads = scope.child('heads');
    for (const stream of this.streams) {
      for (const task of stream.tasks) {
        const own = heads.child(stream.modality).child(task.name);
        this.#heads.set(task.id, new TaskHead(own, task.head, width, stream.tokenCount));
      }
    }
    checkPartners(this.streams);
    this.arena = new ParameterArena(scope, backend, foldKey(key, 'model'));

    const decoderScope = new ParameterScope();
    const transformer: TransformerConfig = { ...config.decoder, ...shared };
    for (const stream of this.streams) {
      const decoder = new MaskDecoder(decoderScope.child('decoders').child(stream.modality), {
        inputs: width,
        transformer,
        tokens: stream.tokenCount,
        method: stream.maskMethod,
        output: stream.reconstruction,
        placeWidth: stream.placeWidth,
      });
      this.#decoders.set(stream.modality, decoder);
    }
    this.#decoderArena = new ParameterArena(decoderScope, backend, foldKey(key, 'decoders'));
  }

  get decoderArena(): ParameterArena | null {
    return this.#decoderArena;
  }

  head(taskId: string): TaskHead {
    const head = this.#heads.get(taskId);
    if (head === undefined) {
      throw new ArgumentError('OmniVec2', `has no task ${taskId}; it has ${[...this.#heads.keys()].join(', ')}`);
    }
    return head;
  }

  decoder(modality: Modality): MaskDecoder {
    const decoder = this.#decoders.get(modality);
    if (decoder === undefined || this.#decoderArena === null) {
      throw new ArgumentError('OmniVec2', `has no mask decoder for ${modality}; decoders are dropped after stage 2`);
    }
    return decoder;
  }

  /** Decoders are needed for pretraining only; their memory is freed. */
  dropDecoders(): void {
    this.#decoderArena?.dispose();
    this.#decoderArena = null;
    this.#decoders.clear();
  }

  /** f: tokens [B, T, width] -> [B, 1 + T, reduction[2]]. */
  features(tokens: Tokens, mode: Mode): Tokens {
    return this.trunk.forward(tokens, modeOf(mode, 'trunk'));
  }

  /** g(f(x)): one stream, no cross-attention. What the head of a task sees at inference. */
  alone(tokens: Tokens, mode: Mode): Tokens {
    return this.fusion.single(this.features(tokens, mode), modeOf(mode, 'g'));
  }

  /** head(g(f(x))): one stream, no cross-attention. The path of inference. `places` are for heads of points. */
  predict(taskId: string, tokens: Tokens, mode: Mode, places: Interpolation | null = null): Tensor {
    return this.head(taskId).forward(this.alone(tokens, mode), mode, places);
  }

  /** All parameters that exist now. */
  parameters(): readonly Parameter[] {
    return [...this.arena.parameters, ...(this.#decoderArena?.parameters ?? [])];
  }

  /**
   * What a stage trains, in groups that are updated together: 'shared', one group a modality (tokenizer and decoder), one
   * group a task head. Stage 3 leaves alone what only masked pretraining uses: the back attention and mask tokens.
   */
  groups(stage: StageNumber): ParameterGroup[] {
    const trained = this.arena.parameters.filter(
      (p) =>
        trainedPrefixes[stage].some((prefix) => p.name.startsWith(prefix)) &&
        !(stage === 3 && (p.name.startsWith('fusion.back.') || p.name.endsWith('.maskToken'))),
    );
    const nameOf = (p: Parameter): string => {
      const [kind, modality, task] = p.name.split('.');
      if (kind === 'heads') return `${modality}/${task}`;
      return kind === 'tokenizers' || kind === 'decoders' ? modality : 'shared';
    };
    const grouped = (arena: ParameterArena, parameters: readonly Parameter[]): ParameterGroup[] => {
      const byName = new Map<string, Parameter[]>();
      for (const p of parameters) byName.set(nameOf(p), [...(byName.get(nameOf(p)) ?? []), p]);
      return [...byName].map(([name, list]) => ({ name, arena, parameters: list }));
    };
    const decoders = stage === 3 ? null : this.#decoderArena;
    return [...grouped(this.arena, trained), ...(decoders === null ? [] : grouped(decoders, decoders.parameters))];
  }

  dispose(): void {
    this.arena.dispose();
    this.dropDecoders();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
