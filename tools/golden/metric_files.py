"""Writes numbers of scikit-learn, SciPy and NLTK for the metrics of packages/heads.

apt-get install python3-sklearn python3-scipy python3-nltk          # Debian 12: 1.2.1, 1.10.1, 3.8
/usr/bin/python3 tools/golden/metric_files.py                       # writes packages/heads/test/goldens/metrics/
"""

import json
import os

import numpy
from nltk.stem.porter import PorterStemmer
from scipy import stats
from sklearn import metrics

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "heads", "test", "goldens", "metrics")
os.makedirs(ROOT, exist_ok=True)
random = numpy.random.RandomState(7)


def write(name, value):
    def plain(x):
        return x.tolist() if hasattr(x, "tolist") else x

    with open(os.path.join(ROOT, name), "w") as file:
        json.dump(value, file, default=plain, separators=(",", ":"))
        file.write("\n")


def classification():
    classes = 6  # the last occurs in neither side, the one before only in predictions
    truth = random.randint(0, 4, 80)
    predicted = numpy.where(random.rand(80) < 0.6, truth, random.randint(0, 5, 80))
    scores = random.permutation(80 * classes).reshape(80, classes) / 100  # no ties: sklearn breaks them otherwise
    binary_truth = random.randint(0, 2, 50)
    binary = numpy.where(random.rand(50) < 0.7, binary_truth, 1 - binary_truth)
    of = lambda average, t, p: metrics.precision_recall_fscore_support(t, p, average=average, zero_division=0)[:3]
    return {
        "classes": classes,
        "truth": truth,
        "predicted": predicted,
        "scores": scores.ravel(),
        "topK": [metrics.top_k_accuracy_score(truth, scores, k=k, labels=range(classes)) for k in range(1, classes)],
        "confusion": metrics.confusion_matrix(truth, predicted, labels=range(classes)),
        "overall": metrics.accuracy_score(truth, predicted),
        "balanced": metrics.recall_score(truth, predicted, labels=range(4), average="macro"),
        "kappa": metrics.cohen_kappa_score(truth, predicted),
        "matthews": metrics.matthews_corrcoef(truth, predicted),
        "micro": of("micro", truth, predicted),
        "macro": of("macro", truth, predicted),
        "iou": metrics.jaccard_score(truth, predicted, labels=range(5), average=None),
        "meanIou": metrics.jaccard_score(truth, predicted, average="macro"),
        "binaryTruth": binary_truth,
        "binaryPredicted": binary,
        "binary": of("binary", binary_truth, binary),
        "binaryMatthews": metrics.matthews_corrcoef(binary_truth, binary),
        "binaryKappa": metrics.cohen_kappa_score(binary_truth, binary),
    }


def ranking():
    count = 7  # label 5 is always 0, label 6 always 1
    labels = (random.rand(60, count) < 0.3).astype(int)
    labels[:, 5] = 0
    labels[:, 6] = 1
    scores = numpy.round(random.rand(60, count) + 0.4 * labels, 1)  # many ties
    precision = [metrics.average_precision_score(labels[:, i], scores[:, i]) for i in (0, 1, 2, 3, 4, 6)]
    area = [metrics.roc_auc_score(labels[:, i], scores[:, i]) for i in range(5)]
    return {
        "count": count,
        "labels": labels.ravel(),
        "scores": scores.ravel(),
        "averagePrecision": precision,
        "meanAveragePrecision": numpy.mean(precision),
        "rocAuc": area,
        "meanRocAuc": metrics.roc_auc_score(labels[:, :5], scores[:, :5], average="macro"),
    }


def regression():
    truth = random.randint(-20, 20, 70) / 4  # ties
    predicted = numpy.round(truth + 3 * random.randn(70), 1)
    return {
        "truth": truth,
        "predicted": predicted,
        "ranks": stats.rankdata(truth),
        "mae": metrics.mean_absolute_error(truth, predicted),
        "mse": metrics.mean_squared_error(truth, predicted),
        "rmse": metrics.mean_squared_error(truth, predicted, squared=False),
        "pearson": stats.pearsonr(predicted, truth)[0],
        "spearman": stats.spearmanr(predicted, truth)[0],
    }


def retrieval():
    similarities = random.randint(0, 12, (9, 15))  # ties: the last of the equal ranks
    queries = random.randint(0, 6, 9)
    items = numpy.concatenate([numpy.arange(6), random.randint(0, 6, 9)])
    ranks = []
    for row, query in zip(similarities, queries):
        best = max(row[items == query])
        ranks.append(int(stats.rankdata(-numpy.append(row[items != query], best), method="max")[-1]))
    return {
        "similarities": similarities.ravel(),
        "queryIds": queries,
        "itemIds": items,
        "ranks": ranks,
        "median": numpy.median(ranks),
        "recallAt5": numpy.mean(numpy.array(ranks) <= 5),
    }


def reidentification():
    queries, gallery = random.randint(0, 7, 10), random.randint(0, 6, 30)  # identity 6 has no match
    query_cameras, gallery_cameras = random.randint(0, 3, 10), random.randint(0, 3, 30)
    distances = random.permutation(300).reshape(10, 30) / 10  # no ties

    def scores(cameras):
        first, precision, penalty = [], [], []
        for q in range(10):
            keep = numpy.ones(30, bool)
            if cameras:
                keep = ~((gallery == queries[q]) & (gallery_cameras == query_cameras[q]))
            match, near = (gallery == queries[q])[keep], -distances[q][keep]
            if not match.any():
                continue
            places = stats.rankdata(-near)[match]
            first.append(min(places))
            precision.append(metrics.average_precision_score(match, near))
            penalty.append(match.sum() / max(places))
        rank = [numpy.mean(numpy.array(first) <= k) for k in (1, 5, 10)]
        return {"rankK": rank, "map": numpy.mean(precision), "minp": numpy.mean(penalty), "queries": len(first)}

    return {
        "distances": distances.ravel(),
        "queryIds": queries,
        "galleryIds": gallery,
        "queryCameras": query_cameras,
        "galleryCameras": gallery_cameras,
        "withCameras": scores(True),
        "withoutCameras": scores(False),
    }


def stems():
    """Made-up words of many beginnings and endings, and the words that NLTK treats apart."""
    starts = "a b tr sky tre fil hop fall hiss fizz agre controll enjo happ pl relat condit digit vil analog arche theo geo adopt "
    starts += "vietnam oper feud decis hope call form sens electr reviv gyroscop dependent commun triplic roll cease conflat y oy"
    ends = " s es ies ss sses ed ied eed ing y ly ational tional enci anci izer abli alli entli eli ousli ization ator alism "
    ends += "iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ible ement ment "
    ends += "ent ion tion sion ism ate iti ous ive ize e ll ble at iz 7"
    fixed = "sky skies dying lying tying news inning innings outing outings canning cannings howe proceed exceed succeed dies "
    fixed += "died ties tied ies ied flies flying spied by is as yes say 1990s covid19"
    words = fixed.split() + [a + b for a in starts.split() for b in ends.split(" ")]
    words = sorted(set(words))
    words = [word for i, word in enumerate(words) if word in fixed.split() or i % 2 == 0]
    stemmer = PorterStemmer()
    return " ".join(words), " ".join(stemmer.stem(word) for word in words)


write("classification.json", classification())
write("ranking.json", ranking())
write("regression.json", regression())
write("retrieval.json", retrieval())
write("reidentification.json", reidentification())
write("porter.json", dict(zip(("words", "stems"), stems())))
