// Numbers of scikit-learn, SciPy and NLTK, made by tools/golden/metric_files.py.

import { readFileSync } from 'node:fs';

export const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`goldens/metrics/${name}.json`, import.meta.url), 'utf8'));
