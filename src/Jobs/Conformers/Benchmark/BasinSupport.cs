using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>One basin, without its symmetric images: the configurations of an isomer whose torsions, rings and inversions are in given
/// states, and whose tops of like atoms (methyls) stand within one of their equivalent arcs about a minimum.</summary>
internal sealed class BasinSupport : ISupport
{
    private readonly ISupport? _isomer;
    private readonly BasinClassifier? _classifier;
    private readonly string _states;
    private readonly (Rotor Rotor, double Centre, double Half)[] _tops;

    /// <summary>Holds.</summary>
    /// <param name="molecule">For its tops.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="isomer">What else is held; null for nothing.</param>
    /// <param name="classifier">The borders of states; null for none.</param>
    /// <param name="states">Those of the basin, not reduced by symmetry.</param>
    /// <param name="minimum">[N, 3] nm, the middle of the tops' arcs.</param>
    public BasinSupport(Molecule molecule, RotorTree tree, ISupport? isomer, BasinClassifier? classifier, string states, float[] minimum)
    {
        (_isomer, _classifier, _states) = (isomer, classifier, states);
        double[] angles = tree.Angles(minimum);
        _tops = [.. tree.Rotors.Select((rotor, r) => (rotor, angles[r], Math.PI / Fold(molecule, rotor))).Where(t => t.Item3 < Math.PI)];
    }

    /// <summary>Equivalent arcs of a rotor: three for a methyl, two for a planar top (nitro, the NH2 of an amide), otherwise one.</summary>
    public static int Fold(Molecule molecule, Rotor rotor)
    {
        return !rotor.IsTop ? 1 : Math.Max(Of(rotor.From, rotor.To), Of(rotor.To, rotor.From));

        int Of(int atom, int other)
        {
            int[] rest = [.. molecule.Neighbours[atom].Where(n => n != other)];
            bool alike = rest.All(n => molecule.Neighbours[n].Length == 1
                && molecule.Atoms[n].AtomicNumber == molecule.Atoms[rest[0]].AtomicNumber);
            return !alike ? 1 : rest.Length == 3 ? 3 : rest.Length == 2 && molecule.Atoms[atom].Hybridisation == 2 ? 2 : 1;
        }
    }

    /// <summary>A geometry whose tops are turned by whole arcs into those that are held.</summary>
    /// <param name="positions">[N, 3] nm, not changed.</param>
    public float[] TurnTops(float[] positions)
    {
        float[] x = [.. positions];
        foreach ((Rotor r, double centre, double half) in _tops)
            TorsionMove.Rotate(x, 1, 0, new(r.From, r.To, r.Moving), -2 * half * Math.Round((Dihedral.Angle(x, r.I, r.From, r.To, r.L)
                - centre) / (2 * half)));
        return x;
    }

    /// <summary>Whether one geometry [N, 3] lies inside.</summary>
    public bool Contains(ReadOnlySpan<float> positions) => Contains(positions, 1, 0);

    /// <inheritdoc/>
    public bool Contains(ReadOnlySpan<float> positions, int width, int lane)
    {
        Span<float> x = stackalloc float[positions.Length / width];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[k * width + lane];
        foreach ((Rotor r, double centre, double half) in _tops)
            if (Math.Abs(Math.IEEERemainder(Dihedral.Angle(x, r.I, r.From, r.To, r.L) - centre, 2 * Math.PI)) > half)
                return false;
        if (_classifier is not null && _classifier.States(x) != _states)
            return false;
        return _isomer?.Contains(positions, width, lane) ?? true;
    }
}
