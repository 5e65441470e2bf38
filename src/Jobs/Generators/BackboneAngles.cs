using MolSampling.Flows.Targets;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Topologies;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Generators;

/// <summary>phi and psi of a peptide in internal coordinates, whichever torsions its z-matrix has.</summary>
internal sealed class BackboneAngles
{
    private readonly InternalCoordinateTarget _target;
    private readonly long[][] _atoms; // of the four places, an atom for each angle

    private BackboneAngles(InternalCoordinateTarget target, IReadOnlyList<NamedTorsion> torsions, IReadOnlyList<(int Phi, int Psi)> pairs)
    {
        _target = target;
        _atoms = [.. new Func<NamedTorsion, int>[] { t => t.I, t => t.J, t => t.K, t => t.L }.Select(place =>
            torsions.Select(t => (long)place(t)).ToArray())];
        Names = [.. torsions.Select(t => t.Label)];
        Residues = [.. pairs.Select(p => (torsions[p.Phi].Label["phi ".Length..], p.Phi, p.Psi))];
    }

    /// <summary>"phi ALA 2", an angle each.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Residues that have both, with the places of the two among the angles.</summary>
    public IReadOnlyList<(string Label, int Phi, int Psi)> Residues { get; }

    /// <summary>Of a target; null where it is no molecule.</summary>
    /// <param name="target">In internal coordinates, if it is one.</param>
    /// <param name="behind">The molecule behind it; null for that of its name in <see cref="MolecularTargets"/>.</param>
    public static BackboneAngles? Of(Target target, TargetMolecule? behind = null)
    {
        if (target is not InternalCoordinateTarget molecule)
            return null;
        (IReadOnlyList<NamedTorsion> torsions, IReadOnlyList<(int, int)> pairs) =
            (behind ?? MolecularTargets.System(target.Name)).System.NamedTorsions;
        return new(molecule, torsions, pairs);
    }

    /// <summary>The angles, IUPAC sign, differentiable.</summary>
    /// <param name="q">[B, D] internal coordinates.</param>
    /// <returns>[B, angles] rad in [-pi, pi], of q's type; NaN outside the support of the map.</returns>
    public Tensor Angles(Tensor q)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = _target.ToCartesian(q);
        Tensor[] at = [.. _atoms.Select(a => x.index_select(1, tensor(a)))]; // [B, angles, 3]
        Tensor u = at[1] - at[0], v = at[2] - at[1], w = at[3] - at[2], n = linalg.cross(v, w, -1);
        return atan2(v.norm(-1) * (u * n).sum(-1), (linalg.cross(u, v, -1) * n).sum(-1)).MoveToOuterDisposeScope();
    }
}
