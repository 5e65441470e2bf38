using MolSampling.Flows;
using MolSampling.Flows.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>What samples of a flow and samples of the target are compared by: energies, torsions, the backbone's angles, directions of a
/// molecule that turns. Samples are added part by part.</summary>
internal sealed class Observables
{
    /// <summary>Of how many samples all torsions are kept: they take the most memory, and the distance between them takes fewer.</summary>
    public const int MostTorsions = 100_000;

    private readonly Target _target;
    private readonly BackboneAngles? _backbone;
    private readonly long[] _circles;
    private readonly List<double> _energies = [], _torsions = [], _angles = [], _directions = [];

    /// <summary>Of samples of a target.</summary>
    /// <param name="target">In internal coordinates, if it is a molecule.</param>
    /// <param name="behind">The molecule behind it; null for that of its name in <see cref="MolecularTargets"/>.</param>
    public Observables(Target target, TargetMolecule? behind = null)
    {
        (_target, _backbone) = (target, BackboneAngles.Of(target, behind));
        _circles = target is InternalCoordinateTarget molecule
            ? [.. Enumerable.Range(0, target.Dimension).Where(c => molecule.Domain[c].Kind == AxisKind.Circle).Select(c => (long)c)] : [];
    }

    /// <summary>S, the number of samples.</summary>
    public int Count => _energies.Count;

    /// <summary>[S] U/kT.</summary>
    public IReadOnlyList<double> Energies => _energies;

    /// <summary>Torsions that go round.</summary>
    public int TorsionCount => _circles.Length;

    /// <summary>Residues with phi and psi.</summary>
    public IReadOnlyList<string> Residues => [.. _backbone?.Residues.Select(r => r.Label) ?? []];

    /// <summary>Adds samples.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="logDensity">[B] of the target, float64.</param>
    public void Add(Tensor x, Tensor logDensity)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor coordinates = x.to(ScalarType.Float64);
        long torsions = Math.Min(x.shape[0], MostTorsions - Count);
        if (torsions > 0 && _circles.Length > 0)
            _torsions.AddRange(coordinates.narrow(0, 0, torsions).index_select(1, tensor(_circles)).contiguous().data<double>().ToArray());
        if (_backbone is not null)
            _angles.AddRange(_backbone.Angles(coordinates).contiguous().data<double>().ToArray());
        if (_target is MethaneInField)
            _directions.AddRange(MethaneInField.FirstHydrogen(coordinates).data<double>().ToArray());
        _energies.AddRange(_target.ReducedEnergy(coordinates, logDensity).data<double>().ToArray());
    }

    /// <summary>[rows, torsions] rad, of rows below <see cref="MostTorsions"/>.</summary>
    public double[] Torsions(IEnumerable<int> rows) => [.. rows.SelectMany(s => _torsions.GetRange(s * _circles.Length, _circles.Length))];

    /// <summary>Whether there are directions.</summary>
    public bool HasDirections => _target is MethaneInField;

    /// <summary>[rows, 2] azimuth and pi cos(polar angle) of a bond, rad.</summary>
    public double[] Directions(IEnumerable<int> rows) => [.. rows.SelectMany(s => new[] { _directions[2 * s], _directions[2 * s + 1] })];

    /// <summary>[rows, 2] phi and psi of a residue, rad.</summary>
    public double[] Ramachandran(int residue, IEnumerable<int> rows)
    {
        (_, int phi, int psi) = _backbone!.Residues[residue];
        int angles = _backbone.Names.Count;
        return [.. rows.SelectMany(s => new[] { _angles[s * angles + phi], _angles[s * angles + psi] })];
    }
}
