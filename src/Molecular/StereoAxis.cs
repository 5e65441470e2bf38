using MolSampling.Sampling.Kernels;

namespace MolSampling.Molecular;

/// <summary>What makes an axis a stereo element.</summary>
public enum StereoAxisKind
{
    /// <summary>An even number of cumulated double bonds (C=C=C): its ends stand crosswise, and it has a hand.</summary>
    Allene,

    /// <summary>An odd number of them, three or more (C=C=C=C): its ends lie in one plane, cis or trans.</summary>
    Cumulene,

    /// <summary>A single bond between two planar groups that pass one another only at great cost: atropisomers have a hand.</summary>
    HinderedBond,

    /// <summary>The inner rim of five or more ortho-fused rings (helicenes), whose ends cannot lie in one plane.</summary>
    Helix,
}

/// <summary>A stereo element that is no centre and no double bond.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Atoms">A substituent of one end, the axis from end to end, a substituent of the other end; of a helix its inner
/// rim.</param>
/// <param name="Given">+1 or -1 as the input gives it, 0 if it does not: the sign of the torsion that first, ends and last span (of a
/// cumulene of its cosine, of a helix of the sum of the rim's torsions).</param>
public sealed record StereoAxis(StereoAxisKind Kind, IReadOnlyList<int> Atoms, int Given)
{
    /// <summary>
    /// Whether samples keep to one sign: of a hindered bond only if it is given, as moves turn it; nothing turns the others.
    /// </summary>
    public bool IsHeld => Given != 0 || Kind != StereoAxisKind.HinderedBond;

    /// <summary>For example "C2=C3=C4".</summary>
    public string Name(Molecule molecule) =>
        string.Join(Kind is StereoAxisKind.Allene or StereoAxisKind.Cumulene ? "=" : "-",
            (Kind == StereoAxisKind.Helix ? Atoms : Axis).Select(a => $"{molecule.Atoms[a].Symbol}{a + 1}"));

    /// <summary>The axis without its substituents.</summary>
    internal IEnumerable<int> Axis => Atoms.Skip(1).Take(Atoms.Count - 2);

    /// <summary>The sign that a geometry has.</summary>
    /// <param name="positions">[3N, W] nm.</param>
    /// <param name="width">W.</param>
    /// <param name="lane">The walker.</param>
    internal int Sign(ReadOnlySpan<float> positions, int width, int lane)
    {
        if (Kind != StereoAxisKind.Helix)
        {
            double angle = Torsion(positions, width, lane);
            return Math.Sign(Kind == StereoAxisKind.Cumulene ? Math.Cos(angle) : Math.Sin(angle));
        }
        double sum = 0;
        for (int n = 0; n + 3 < Atoms.Count; n++)
            sum += Math.Sin(LaneGeometry.Dihedral(positions, width, lane, Atoms[n], Atoms[n + 1], Atoms[n + 2], Atoms[n + 3]));
        return Math.Sign(sum);
    }

    /// <summary>The isomer that a geometry is, in words.</summary>
    /// <param name="molecule">Names the atoms.</param>
    /// <param name="positions">[N, 3] nm.</param>
    public string Describe(Molecule molecule, ReadOnlySpan<float> positions)
    {
        int sign = Sign(positions, 1, 0);
        if (Kind == StereoAxisKind.Helix)
            return sign > 0 ? "the right-handed helix (P)" : "the left-handed helix (M)";
        string torsion = string.Join('-', new[] { Atoms[0], Atoms[1], Atoms[^2], Atoms[^1] }.Select(a =>
            $"{molecule.Atoms[a].Symbol}{a + 1}"));
        return Kind == StereoAxisKind.Cumulene ? $"{(sign > 0 ? "cis" : "trans")} {torsion}"
            : $"the hand with a {(sign > 0 ? "positive" : "negative")} torsion {torsion}";
    }

    /// <summary>The torsion of the substituents about the axis from end to end, rad.</summary>
    internal double Torsion(ReadOnlySpan<float> positions, int width, int lane) =>
        LaneGeometry.Dihedral(positions, width, lane, Atoms[0], Atoms[1], Atoms[^2], Atoms[^1]);
}

/// <summary>
/// Stereocentres that a V3000 file gives together: as drawn or all inverted (OR: one of the two, not known which; AND: a mixture of both).
/// </summary>
/// <param name="IsMixture">AND rather than OR.</param>
/// <param name="Atoms">The centres.</param>
public sealed record StereoGroup(bool IsMixture, IReadOnlyList<int> Atoms);
