using System.CommandLine;
using System.Globalization;
using System.CommandLine.Parsing;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.ForceFields.Smirnoff;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>Options that several commands share: one name, one short name and one description for one thing.</summary>
internal static class CommonOptions
{
    private const int MostThreads = 4096;

    public static Option<bool> Json() => new("--json") { Description = "one JSON document on standard output" };

    public static Option<bool> Quiet() => new("--quiet") { Description = "no progress and no summary" };

    public static Option<bool> Show() => new("--show") { Description = "print the settings that would be used, and stop" };

    public static Option<bool> Schema() => new("--schema") { Description = "print the JSON schema of settings" };

    public static Option<bool> ResumeTraining() => new("--resume") { Description = "go on with the training in --output" };

    public static Option<bool> Overwrite() =>
        new("--overwrite") { Description =
            "replace an earlier run of this command in the output folder; files of others stay, and a folder without such a run is refused" };

    public static Option<bool> OverwriteFiles() =>
        new("--overwrite") { Description = "replace files that are there but were not named with --output" };

    /// <summary>Files that a command writes without their being named must not take the place of somebody's.</summary>
    /// <exception cref="ArgumentException">One is there.</exception>
    public static void ThrowIfThere(bool overwrite, params IEnumerable<string> files)
    {
        if (!overwrite && files.FirstOrDefault(f => File.Exists(f) || Directory.Exists(f)) is { } there)
            throw new ArgumentException($"'{there}' is there already: choose another --output, or replace it with --overwrite");
    }

    public static Option<int?> Threads()
    {
        var option = new Option<int?>("--threads") { Description = "0 (default) for all cores; results do not depend on it",
            HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [Token token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int n)
                && n is < 0 or > MostThreads)
                result.AddError($"--threads must lie between 0 and {MostThreads}, not {n}");
        });
        return option;
    }

    public static Option<ulong?> Seed() => new("--seed") { Description = "everything random follows from it, default 1", HelpName = "N" };

    public static Option<double?> SoluteDielectric() => new("--solute-dielectric") { Description =
        "of the solvent's energy, inside; default 1", HelpName = "NUMBER" };

    public static Option<double?> SolventDielectric() => new("--solvent-dielectric") { Description =
        "of the solvent's energy, outside; default 78.5", HelpName = "NUMBER" };

    /// <summary>Of a command that writes to a place.</summary>
    /// <param name="description">What is written, and where by default.</param>
    /// <param name="kind">FOLDER or FILE.</param>
    public static Option<string> Output(string description, string kind) => new("--output", "-o") { Description = description,
        HelpName = kind };

    public static Option<int> Samples(string description, int usual) => new("--samples", "-n") { Description = description,
        DefaultValueFactory = _ => usual, HelpName = "N" };

    /// <summary>Seconds of wall time.</summary>
    public static Option<double?> TimeLimit(string description) => new("--time-limit") { Description = description, HelpName = "SECONDS" };

    public static Option<string> Unit(string description = "of the energies that are printed: kJ/mol or kcal/mol; files are in kJ/mol") =>
        new Option<string>("--unit") { Description = description, DefaultValueFactory = _ => EnergyUnit.Usual, HelpName = "UNIT" }
        .OneOf(EnergyUnit.Names);

    public static Option<string> ForceField() =>
        new Option<string>("--force-field", "--potential")
        {
            Description = $"{string.Join(", ", MoleculeEnergies.Names.Order())}, the folder of a trained potential, or a TorchScript file",
            DefaultValueFactory = _ => MoleculeEnergies.Usual,
            HelpName = "NAME",
        }.OneOfOrFolder([.. MoleculeEnergies.Names.Order()]);

    /// <summary>--force-field where molecules may be made of residues; nothing given is the usual one of what is read.</summary>
    public static Option<string> ForceFieldOfMoleculeOrResidues() =>
        new Option<string>("--force-field", "--potential")
        {
            Description = $"{string.Join(", ", MoleculeEnergies.Names)}, the folder of a trained potential, or a TorchScript file; "
                + "for peptides ff14SB (default), ff99SB-ILDN or ff96",
            HelpName = "NAME",
        }.OneOfOrFolder([.. MoleculeEnergies.Names, .. ForceFieldFiles.Names.Where(n => n != "tip3p")]);

    /// <summary>--constraints.</summary>
    /// <param name="description">With the job's usual value.</param>
    public static Option<string> Constraints(string description) => new Option<string>("--constraints") { Description = description,
        HelpName = "NAME" }.OneOf([.. HeldBonds.Names]);

    /// <summary>--solvent.</summary>
    public static Option<string> Solvent() => new Option<string>("--solvent") { Description =
        "none (default); of force fields obc1, obc2, gbn or gbn2 (a prmtop keeps its radii: bondi for gbn, mbondi3 for gbn2); of gfn2 and "
            + "gfn1 water, methanol, dmso, chloroform and others", HelpName = "NAME" }
        .OneOf(SimulationPlan.Solvents);

    /// <summary>Of a force field for molecules that brings none.</summary>
    public static Option<string> Charges() => new Option<string>("--charges") { Description =
        "where Sage's charges come from: given (atom.dprop.PartialCharge of an SDF), library (the force field's: water, ions), "
            + "network (AM1-BCC as it predicts them) or gasteiger; by default the first that there is", HelpName = "NAME" }
        .OneOf([.. SmirnoffForceField.Charges]);

    /// <summary>Accepts only the given values, completes them, and says which is near one that is none of them.</summary>
    public static Option<string> OneOf(this Option<string> option, params string[] values) => option.OneOf(values, _ => false);

    /// <summary>The same, or a folder or file that is there, or what is named like a model: the library says what is wrong with
    /// it.</summary>
    public static Option<string> OneOfOrFolder(this Option<string> option, params string[] values) =>
        option.OneOf(values, name => Path.Exists(name) || MoleculeEnergies.IsKnown(name));

    private static Option<string> OneOf(this Option<string> option, string[] values, Func<string, bool> other)
    {
        option.CompletionSources.Add(values);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [Token token] && !values.Contains(token.Value) && !other(token.Value))
                result.AddError(Spelling.Unknown(result.IdentifierToken?.Value ?? option.Name, token.Value, values));
        });
        return option;
    }

    /// <summary>Completes the given values, where others are right too or the library says what is wrong.</summary>
    public static Option<string> Suggesting(this Option<string> option, params string[] values)
    {
        option.CompletionSources.Add(values);
        return option;
    }

    /// <summary>Stops at a time limit as by a signal.</summary>
    /// <param name="seconds">null for no limit.</param>
    /// <param name="stop">The signals' own.</param>
    /// <exception cref="ArgumentException">The limit is out of range.</exception>
    public static CancellationTokenSource Limited(double? seconds, CancellationToken stop)
    {
        var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (Limit(seconds) is { } limit)
            limited.CancelAfter(limit);
        return limited;
    }

    /// <summary>A time limit in seconds.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public static TimeSpan? Limit(double? seconds) => seconds is null ? null : seconds is >= 0.1 and <= MostSeconds
        ? TimeSpan.FromSeconds(seconds.Value)
        : throw new ArgumentException(FormattableString.Invariant($"--time-limit must lie between 0.1 and {MostSeconds} seconds, not {seconds}"));

    private const double MostSeconds = 4_000_000; // 46 days: what a timer takes

    /// <summary>Number and count of a task of an array; null for none.</summary>
    public static (int Index, int Count)? Task(int? taskIndex, int? taskCount) => (taskIndex, taskCount) switch
    {
        (null, null) => null,
        ({ } index, { } count) when index >= 0 && index < count => (index, count),
        ({ } index, { } count) => throw new ArgumentException($"--task-index {index} is not one of 0 to {count - 1}"),
        _ => throw new ArgumentException("--task-index and --task-count go together"),
    };

    /// <summary>"2.4nm", "24A" or "2.4" in nm.</summary>
    public static double Length(string option, string text)
    {
        foreach ((string unit, double scale) in new[] { ("nm", 1), ("A", 0.1), ("", 1) })
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.Float,
                CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value))
                return scale == 1 ? value : value / 10; // 14A are 1.4nm to the last digit
        throw new ArgumentException($"{option} '{text}' is not a length: a positive number with nm or A, for example 2.4nm");
    }

    /// <summary>A model of water, in a box.</summary>
    public static Option<string> Water(string name) => new Option<string>(name) { Description =
        $"{WaterModel.All[0].Name} (default), {string.Join(", ", WaterModel.All.Skip(1).Select(m => m.Name))}", HelpName = "NAME" }
        .OneOf([.. WaterModel.All.Select(m => m.Name)]);

    /// <summary>An energy in kJ/mol.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static double Energy(string option, string text)
    {
        foreach ((string unit, double scale) in new[] { ("kcal/mol", Units.KilojoulePerKilocalorie), ("kJ/mol", 1) })
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.Float,
                CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value))
                return scale * value;
        throw new ArgumentException(
            $"{option} '{text}' is no energy: a positive number with kcal/mol or kJ/mol, for example 0.1kcal/mol");
    }
}
