using MolSampling.Potentials;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// One labelled arrangement of tetrahedral centres: the signed volume (a - o) . ((b - o) x (c - o)) of three bonds of each centre o has the
/// sign that it has in a reference geometry. With <see cref="ZMatrix"/> rows about o it is the sign of the sine of the improper torsion
/// that the three name. As the support of a target and of a sampler it is one set, so that both have one law.
/// </summary>
/// <remarks>
/// Dynamics does not pass from one sign to the other, so a centre left free would only hide what a sampler misses. <see cref="LogVolume"/>
/// tells what exact symmetries make of the kept part: exchanging two like hydrogens turns the sign of their centre (ln 2 each), and the
/// mirror image turns all signs (ln 2 once, if there is any other centre). Several such others make diastereomers, which are other
/// molecules that no symmetry joins to this one.
/// </remarks>
public sealed class Chirality : ISupport
{
    private readonly (int Centre, int A, int B, int C)[] _centres;
    private readonly double[] _signs;

    /// <summary>Reads signs from a geometry.</summary>
    /// <param name="centres">Atom and three of its neighbours, and whether two of the three are alike so that their exchange is a
    /// symmetry.</param>
    /// <param name="reference">[N, 3] nm.</param>
    /// <exception cref="ArgumentException">A centre is flat in the reference.</exception>
    public Chirality(IReadOnlyList<(int Centre, int A, int B, int C, bool Exchangeable)> centres, IReadOnlyList<double> reference)
    {
        _centres = [.. centres.Select(c => (c.Centre, c.A, c.B, c.C))];
        float[] x = [.. reference.Select(v => (float)v)];
        _signs = [.. _centres.Select(c => (double)Math.Sign(Volume(x, 1, 0, c)))];
        if (_signs.Contains(0))
            throw new ArgumentException($"Centre {_centres[Array.IndexOf(_signs, 0)].Centre} is flat in the reference.", nameof(reference));
        int exchangeable = centres.Count(c => c.Exchangeable);
        LogVolume = Math.Log(2) * (exchangeable + (exchangeable < centres.Count ? 1 : 0));
    }

    /// <summary>Centres held.</summary>
    public int Count => _centres.Length;

    /// <summary>ln of the number of equal parts of configuration space that the kept one is one of: log Z of all = log Z of the kept part +
    /// this, where U has these symmetries.</summary>
    public double LogVolume { get; }

    /// <summary>Centres and signs as numbers, for a fingerprint.</summary>
    public IEnumerable<double> Numbers => _centres.SelectMany((c, k) => new[] { c.Centre, c.A, c.B, c.C, _signs[k] });

    /// <inheritdoc/>
    public bool Contains(ReadOnlySpan<float> positions, int width, int lane)
    {
        for (int k = 0; k < _centres.Length; k++)
            if (!(Volume(positions, width, lane, _centres[k]) * _signs[k] > 0))
                return false;
        return true;
    }

    /// <summary>Which configurations lie inside.</summary>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <returns>[B], boolean.</returns>
    public Tensor Contains(Tensor positions)
    {
        if (Count == 0)
            return ones(positions.shape[0], ScalarType.Bool, positions.device);
        using DisposeScope scope = NewDisposeScope();
        Tensor Atoms(Func<(int Centre, int A, int B, int C), int> of) => positions.detach().index_select(1,
            tensor(_centres.Select(c => (long)of(c)).ToArray(), device: positions.device));
        Tensor o = Atoms(c => c.Centre), volume = ((Atoms(c => c.A) - o) * linalg.cross(Atoms(c => c.B) - o, Atoms(c => c.C) - o,
            2)).sum(2);
        return (volume * tensor(_signs).to(volume.dtype, volume.device) > 0).all(1).MoveToOuterDisposeScope();
    }

    private static double Volume(ReadOnlySpan<float> x, int width, int lane, (int Centre, int A, int B, int C) at)
    {
        int o = 3 * at.Centre * width + lane;
        (double X, double Y, double Z) Bond(ReadOnlySpan<float> x, int atom)
        {
            int p = 3 * atom * width + lane;
            return ((double)x[p] - x[o], (double)x[p + width] - x[o + width], (double)x[p + 2 * width] - x[o + 2 * width]);
        }
        ((double ax, double ay, double az), (double bx, double by, double bz), (double cx, double cy, double cz)) =
            (Bond(x, at.A), Bond(x, at.B), Bond(x, at.C));
        return ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
    }
}
