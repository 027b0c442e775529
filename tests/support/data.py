"""The data sets that the project ships, as numpy arrays."""
import io
import subprocess

import numpy as np

from support.programs import SOURCE


def shuttle_rows():
    """Statlog (Shuttle) as the demo uses it: 49,097 rows, V1 to V9 and outlier."""
    file = next(SOURCE.glob("**/shuttle.csv.zst"))
    text = subprocess.run(["zstd", "-dc", file], check=True, capture_output=True).stdout
    return np.loadtxt(io.BytesIO(text), delimiter=",", skiprows=1)
