using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>What a conformer run takes, what it refuses, and what it tells about the molecule.</summary>
internal static class MoleculeAdmission
{
    /// <summary>Atoms of a ring that has more conformations than a few embeddings show.</summary>
    public const int SmallestMacrocycle = 10;

    /// <summary>Refuses what has no well-defined ensemble in vacuum, with the reason.</summary>
    /// <exception cref="MoleculeFormatException">Several fragments.</exception>
    public static void ThrowIfUnsuitable(Molecule molecule)
    {
        int fragments = CountFragments(molecule);
        if (fragments > 1)
            throw new MoleculeFormatException(molecule.Name, 0,
                $"{fragments} disconnected fragments: in vacuum they drift apart and have no conformer ensemble; give one of them");
    }

    /// <summary>What the user should know about the molecule.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="isSolvated">Whether charges are screened.</param>
    /// <param name="isomer">The isomer that is sampled.</param>
    /// <param name="sampled">[N, 3] nm, a geometry of it.</param>
    public static List<string> Notes(Molecule molecule, bool isSolvated, SampledIsomer isomer, ReadOnlySpan<float> sampled)
    {
        List<string> notes = molecule.Isomer is { } enumerated
            ? [$"isomer {enumerated.Number} of the {enumerated.Count} that the input stands for: {isomer}"]
            : StereoNotes(molecule, isomer, sampled);
        int charge = molecule.Atoms.Sum(a => a.FormalCharge);
        if (!isSolvated && molecule.Atoms.Any(a => a.FormalCharge != 0))
            notes.Add($"formal charges (net {charge.ToString("+0;-0;0", CultureInfo.InvariantCulture)}): in vacuum they attract without screening, and folded conformers are favoured");
        if (molecule.Rings.Count > 0 && molecule.Rings.Max(r => r.Length) is int largest and >= SmallestMacrocycle)
            notes.Add($"a macrocycle (ring of {largest} atoms): no move turns bonds inside a ring, so its ring conformations may be incomplete");
        if (molecule.Atoms.Any(a => a.Isotope != 0))
            notes.Add("isotopes: classical populations do not depend on masses");
        return notes;
    }

    /// <summary>What was said to be right of every sample, without calling given what is not.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="isomer">Its elements, at least one.</param>
    public static string StereoChecked(Molecule molecule, Stereoisomer isomer)
    {
        int given = molecule.Isomer is null ? isomer.Given : 0;
        string how = given == isomer.Count ? "as given" : "as in the isomer sampled" + (given > 0 ? $", {given} of them given" : "");
        return $"stereo checked on every sample: {isomer.Count} element{(isomer.Count == 1 ? "" : "s")}, all {how}";
    }

    private static List<string> StereoNotes(Molecule molecule, SampledIsomer isomer, ReadOnlySpan<float> sampled)
    {
        var notes = new List<string>();
        string[] open =
        [
            .. Enumerable.Range(0, molecule.Atoms.Count).Where(a => molecule.Atoms[a].Chirality == '?').Select(a =>
                $"atom {a + 1} ({molecule.Atoms[a].Symbol})"),
            .. molecule.Bonds.Where(b => b.Stereo == '?').Select(b => $"double bond {b.Begin + 1}={b.End + 1}"),
        ];
        if (open.Length > 0)
            notes.Add($"stereo not specified at {string.Join(", ", open)}: the isomer sampled is {isomer.Smiles}");
        foreach (StereoAxis a in molecule.Axes.Where(a => a.Given == 0))
            notes.Add(a.Kind == StereoAxisKind.HinderedBond
            ? $"the bond {a.Name(molecule)} is a hindered axis and the input gives it no hand: both hands are in the populations, though they may not interconvert (3D coordinates give a hand)"
            : $"stereo not specified at the axis {a.Name(molecule)}: {a.Describe(molecule, sampled)} is sampled");
        notes.AddRange(molecule.StereoGroups.Select(g => $"atoms {string.Join(", ", g.Atoms.Select(a => a + 1))} are given as "
            + (g.IsMixture ? "a mixture of both configurations (AND)" : "one of two configurations (OR)")
            + $": the one that is drawn is sampled, {isomer.Smiles}"));
        return notes;
    }

    /// <summary>How many connected parts a molecule has.</summary>
    public static int CountFragments(Molecule molecule)
    {
        var seen = new HashSet<int>();
        int fragments = 0;
        for (int start = 0; start < molecule.Atoms.Count; start++)
        {
            if (!seen.Add(start))
                continue;
            fragments++;
            var queue = new Queue<int>([start]);
            while (queue.TryDequeue(out int atom))
                foreach (int next in molecule.Neighbours[atom])
                    if (seen.Add(next))
                        queue.Enqueue(next);
        }
        return fragments;
    }
}
