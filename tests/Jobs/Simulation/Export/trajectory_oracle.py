"""Reads a trajectory by MDTraj or MDAnalysis: reader, topology ("-" for none), trajectory, output.

The output holds little-endian numbers: frames, atoms (int32), time between frames (float64, ps, as the reader tells it), times (float64, ps), positions (float32, nm)."""
import struct
import sys
import warnings

warnings.simplefilter("ignore")
import numpy

reader, topology, trajectory, output = sys.argv[1:]
if reader == "mdtraj":
    import mdtraj

    if topology == "-" and trajectory.endswith(".xtc"):
        with mdtraj.formats.XTCTrajectoryFile(trajectory) as f:
            xyz, times, _, _ = f.read()
        interval = 0
    else:
        t = mdtraj.load(trajectory) if topology == "-" else mdtraj.load(trajectory, top=topology)
        assert t.unitcell_vectors is None
        times, xyz, interval = t.time, t.xyz, t.timestep
else:
    import MDAnalysis

    u = MDAnalysis.Universe(trajectory if topology == "-" else topology, trajectory)
    interval = u.trajectory.dt
    times, xyz = zip(*[(ts.time, ts.positions / 10) for ts in u.trajectory])
xyz = numpy.asarray(xyz, dtype="<f4")
with open(output, "wb") as f:
    f.write(struct.pack("<iid", xyz.shape[0], xyz.shape[1], interval))
    f.write(numpy.asarray(times, dtype="<f8").tobytes())
    f.write(xyz.tobytes())
