"""What pymbar makes of the cases that `molsampling benchmark estimators` writes, and Newton's method in extended precision as the judge.

Usage: mbar_peer.py FOLDER. Every case is NAME.f64 (u_kn, float64, [K, N]) and NAME.json ({"counts": [...], "judge": bool, "repeat": n}); the answers are printed as JSON.
"""
import glob, importlib.metadata, json, os, sys, time, warnings

import numpy as np

warnings.filterwarnings("ignore")
import pymbar  # noqa: E402


def extended(u, counts, start):
    """f_k of the sampled states' equations to the last digits of an 80-bit float: residual in extended precision, Newton steps in double."""
    u, counts = u.astype(np.longdouble), counts.astype(np.longdouble)
    sampled = counts > 0
    f = start.astype(np.longdouble)
    for _ in range(60):
        logs = np.log(counts[sampled])[:, None] + f[sampled][:, None] - u[sampled]
        top = logs.max(axis=0)
        denominator = top + np.log(np.exp(logs - top).sum(axis=0))
        p = np.exp(logs - denominator)
        home = np.repeat(np.arange(sampled.sum()), counts[sampled].astype(int))
        flow = np.array([p[:, home == s].sum(axis=1) for s in range(sampled.sum())])
        gradient = np.array([sum(flow[s, k] - flow[k, s] for s in range(len(flow)) if s != k) for k in range(len(flow))])
        hessian = -(p.astype(float) @ p.astype(float).T)
        np.fill_diagonal(hessian, 0)
        np.fill_diagonal(hessian, -hessian.sum(axis=1))
        step = np.zeros(len(f[sampled]), dtype=np.longdouble)
        step[1:] = np.linalg.solve(hessian[1:, 1:], -gradient[1:].astype(float))
        f[np.where(sampled)[0]] += step
        if abs(step).max() < 1e-15:
            break
    logs = -u - denominator
    top = logs.max(axis=1)
    f = -(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))
    return (f - f[0]).astype(float)


answers = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
    name = os.path.splitext(os.path.basename(path))[0]
    with open(path) as file:
        case = json.load(file)
    counts = np.array(case["counts"])
    u = np.fromfile(os.path.join(sys.argv[1], name + ".f64")).reshape(len(counts), counts.sum())
    answer = {}
    try:
        seconds = []
        for _ in range(case["repeat"]):
            began = time.perf_counter()
            mbar = pymbar.MBAR(u, counts)
            results = mbar.getFreeEnergyDifferences(return_theta=False)
            seconds.append(time.perf_counter() - began)
        answer = {"seconds": sorted(seconds)[len(seconds) // 2], "f": list(map(float, results[0][0])), "errors": list(map(float, results[1][0]))}
    except Exception as problem:  # what a user of pymbar would see
        answer = {"error": f"{type(problem).__name__}: {problem}"[:200]}
    if case["judge"]:
        answer["judge"] = list(extended(u, counts, np.array(case["start"])))
    answers[name] = answer
print(json.dumps({"version": importlib.metadata.version("pymbar"), "cases": answers}).replace("NaN", "null"))
