"""Writes short tones as MP3, Ogg Vorbis and Ogg Opus with the programs that most such files come from.

apt-get install python3-numpy lame vorbis-tools opus-tools ffmpeg         # Debian 12: LAME 3.100, oggenc 1.4.2, opusenc 0.2, ffmpeg 5.1
/usr/bin/python3 tools/golden/audio_files.py                              # writes packages/data/test/goldens/audio/

A mono file is 440 Hz at a level of 0.5 for 0.25 s; a stereo file has that on the left and 1000 Hz at 0.25 on the right.
"""

import os
import subprocess
import tempfile
import wave

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "audio")
os.makedirs(ROOT, exist_ok=True)


def write_wav(path, rate, channels, alike=False):
    time = np.arange(rate // 4) / rate
    tones = [0.5 * np.sin(2 * np.pi * 440 * time), 0.25 * np.sin(2 * np.pi * 1000 * time)]
    tones = [tones[0]] * channels if alike else tones[:channels]
    with wave.open(path, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.round(np.stack(tones, 1) * 32767).astype("<i2").tobytes())


with tempfile.TemporaryDirectory() as folder:
    wav = {}
    for name, rate, channels in [("mono8", 8000, 1), ("mono16", 16000, 1), ("mono44", 44100, 1), ("stereo44", 44100, 2)]:
        wav[name] = os.path.join(folder, f"{name}.wav")
        write_wav(wav[name], rate, channels)
    wav["alike16"] = os.path.join(folder, "alike16.wav")
    write_wav(wav["alike16"], 16000, 2, alike=True)
    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-bitexact", "-i"]
    run = lambda *arguments: subprocess.run(arguments, check=True)
    out = lambda name: os.path.join(ROOT, name)

    run("lame", "--quiet", "-b", "48", wav["mono16"], out("mono16.mp3"))
    run("lame", "--quiet", "-V", "4", wav["stereo44"], out("stereo44-vbr.mp3"))
    run("lame", "--quiet", "-t", "-b", "96", "--resample", "44.1", wav["stereo44"], out("stereo44-no-note.mp3"))
    run("lame", "--quiet", "-b", "24", wav["mono8"], out("mono8.mp3"))
    run("lame", "--quiet", "-m", "s", "-b", "64", wav["alike16"], out("alike16.mp3"))
    tags = ["-metadata", "title=a tone", "-id3v2_version", "3", "-write_id3v1", "1"]
    run(*ffmpeg, wav["mono44"], "-c:a", "libmp3lame", "-b:a", "64k", "-fflags", "+bitexact", *tags, out("mono44-tags.mp3"))
    run(*ffmpeg, wav["mono44"], "-c:a", "mp2", "-b:a", "64k", "-f", "mp2", out("layer2.mp3"))

    run("oggenc", "-Q", "--serial", "1", "-q", "2", wav["mono16"], "-o", out("mono16.ogg"))
    run("oggenc", "-Q", "--serial", "1", "-q", "3", wav["stereo44"], "-o", out("stereo44.ogg"))
    run("opusenc", "--quiet", "--serial", "1", "--bitrate", "32", wav["mono16"], out("mono16.opus"))
    run("opusenc", "--quiet", "--serial", "1", "--bitrate", "64", "--framesize", "60", wav["stereo44"], out("stereo44.opus"))
    exact = ["-fflags", "+bitexact", "-flags", "+bitexact"]
    run(*ffmpeg, wav["stereo44"], "-c:a", "libopus", "-b:a", "64k", *exact, out("stereo-ffmpeg.opus"))
    run(*ffmpeg, wav["mono16"], "-c:a", "flac", "-f", "ogg", *exact, out("flac.ogg"))
