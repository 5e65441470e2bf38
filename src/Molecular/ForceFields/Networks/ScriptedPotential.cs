using System.Collections.Concurrent;
using System.Globalization;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Torch;

namespace MolSampling.Molecular.ForceFields.Networks;

/// <summary>
/// A file of TorchScript as the energy of a molecule. Before it is used, it is held to its contract (<see cref="TorchScriptContract"/>) and
/// to its units at a minimum of MMFF94s: there a model that takes Angstrom sees a crushed molecule if it is given nanometres, and one of
/// another unit of energy is too soft.
/// </summary>
internal static class ScriptedPotential
{
    private const int Iterations = 2000; // of the minimisation
    private const double Stretch = 0.01; // of all distances
    private const double LikeStiffness = 2; // factor between force fields and quantum chemistry, generously; kcal/mol are a factor 4.2

    private static readonly ConcurrentDictionary<(string File, DateTime Written), TorchScriptFile> s_files = new();

    /// <summary>Reads a file once.</summary>
    /// <exception cref="MoleculeFormatException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static TorchScriptFile Read(string path)
    {
        Formats.InputFile.Require(path);
        string file = Path.GetFullPath(path);
        return s_files.GetOrAdd((file, File.GetLastWriteTimeUtc(file)), key => TorchScriptFile.Load(key.File));
    }

    /// <summary>The energy of a molecule, and what a user should know of it.</summary>
    /// <param name="file">The module.</param>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="masses">[N] Da.</param>
    /// <exception cref="InvalidDataException">The module is not for this molecule, breaks its contract, or has other units than those that
    /// hold where a file states none.</exception>
    public static (Potential Potential, IReadOnlyList<string> Notes) Of(TorchScriptFile file, RDKitMolecule molecule,
        IReadOnlyList<double> masses)
    {
        int[] numbers = [.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)];
        RequireAtoms(file, numbers);
        if (Minimum(molecule) is not { } minimum)
            throw new InvalidDataException($"{file.Path}: no geometry of the molecule was found to try it on");
        (TorchPotential potential, IReadOnlyList<string> own) = TorchScriptContract.Require(file, masses, minimum.Positions);
        List<string> notes = [.. own];
        if (file.Statement?.AtomicNumbers is null)
            notes.Add($"{file.Name} does not say which atoms it is for; the molecule's own order was taken: "
                + string.Join(' ', molecule.Molecule.Atoms.Select(a => a.Symbol)));
        if (Doubt(file, potential, minimum) is not var (doubt, isSure))
            return (potential, notes);
        if (isSure)
            throw new InvalidDataException($"{file.Path}: {doubt}; save the model with the extra file {TorchScriptStatement.FileName} that "
                + "states its units (docs/potentials.md)");
        return (potential, [.. notes, $"{file.Name}: {doubt}"]);
    }

    private static void RequireAtoms(TorchScriptFile file, int[] numbers)
    {
        if (file.Statement?.AtomicNumbers is not { } stated || stated.SequenceEqual(numbers))
            return;
        int at = Enumerable.Range(0, Math.Min(stated.Length, numbers.Length)).FirstOrDefault(n => stated[n] != numbers[n], -1);
        throw new InvalidDataException($"{file.Path}: it is for {stated.Length} atoms ({ChemicalElement.Formula(stated)}), "
            + $"the molecule has {numbers.Length} ({ChemicalElement.Formula(numbers)})"
            + (at < 0 ? "" : $"; atom {at + 1} is {ChemicalElement.Symbol(stated[at])} there and "
                + $"{ChemicalElement.Symbol(numbers[at])} here"));
    }

    /// <summary>A geometry, and MMFF94s's second difference of the energy there where it is a minimum of that, kJ/mol.</summary>
    private static (double[] Positions, double? Stiffness)? Minimum(RDKitMolecule molecule)
    {
        double[]? x = molecule.Coordinates is { } given ? [.. given] : molecule.Embed(1, 1, TimeSpan.FromSeconds(30)).Conformers is
            [float[] first, ..] ? [.. first.Select(v => (double)v)] : null;
        if (x is null)
            return null;
        double[] u = new double[1];
        try
        {
            molecule.MmffMinimise(MmffVariant.Mmff94s, x, u, Iterations);
        }
        catch (ParameterizationException)
        {
            return (x, null); // an element that MMFF94 does not know: units stay unlooked at
        }
        double Energy(double[] at)
        {
            molecule.MmffEnergies(MmffVariant.Mmff94s, at, u, []);
            return u[0];
        }

        return (x, SecondDifference(Energy, x));
    }

    /// <summary>U(x (1 + e)) + U(x (1 - e)) - 2 U(x), all distances scaled.</summary>
    private static double SecondDifference(Func<double[], double> energy, double[] x) =>
        energy(Scaled(x, 1 + Stretch)) + energy(Scaled(x, 1 - Stretch)) - 2 * energy(x);

    private static double[] Scaled(double[] x, double by) => Array.ConvertAll(x, v => v * by);

    /// <summary>What does not look like the file's units, and whether that is reason enough to refuse it: where the file states none and
    /// others fit.</summary>
    private static (string Text, bool IsSure)? Doubt(TorchScriptFile file, TorchPotential potential,
        (double[] Positions, double? Stiffness) minimum)
    {
        if (minimum.Stiffness is not { } usual)
            return ("its units were not looked at, since MMFF94 has no types for this molecule", false);
        double[] scratch = new double[minimum.Positions.Length];
        double Energy(double[] at) => potential.EvaluateDouble(at, scratch) is var u && double.IsFinite(u) ? u : double.PositiveInfinity;

        (string? statedLength, string? statedEnergy) = (file.Statement?.Length, file.Statement?.Energy);
        double LowestAt(string length) => Energy(Scaled(minimum.Positions, file.Length / Units.Lengths[length]));
        string lowest = Units.Lengths.Keys.MinBy(LowestAt)!;
        if (lowest != (statedLength ?? "nm") && LowestAt(lowest) < LowestAt(statedLength ?? "nm"))
            return ($"its energy is lowest where lengths are in {lowest}, and {Held(statedLength, "nm")}", statedLength is null);
        double ratio = SecondDifference(Energy, minimum.Positions) / usual, own = Units.Energies[statedEnergy ?? "kJ/mol"];
        if (IsLike(ratio))
            return null;
        string? unit = Units.Energies.FirstOrDefault(e => IsLike(ratio * e.Value / own)).Key;
        return (string.Create(CultureInfo.InvariantCulture, $"the molecule is {ratio:g2} times as stiff as by MMFF94s")
            + (unit is null ? "" : $", as with energies in {unit}, and {Held(statedEnergy, "kJ/mol")}"),
            unit is not null && statedEnergy is null);
    }

    private static bool IsLike(double stiffness) => stiffness is > 1 / LikeStiffness and < LikeStiffness;

    private static string Held(string? stated, string otherwise) => stated is null ? $"{otherwise} is assumed" : $"{stated} is stated";
}
