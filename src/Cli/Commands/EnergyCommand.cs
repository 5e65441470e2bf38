using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Xtb;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling energy: energies of given coordinates as they stand.</summary>
internal static class EnergyCommand
{
    private const double UsualLimit = 120; // seconds

    public static Command Create()
    {
        var input = new Argument<string>("input") { Description =
            "an .sdf file with 3D coordinates, or a SMILES / .smi file (one ETKDG geometry, seed 1)" };
        Option<string> forceField = CommonOptions.ForceField();
        Option<string> solvent = CommonOptions.Solvent();
        Option<string> charges = CommonOptions.Charges();
        var perTerm = new Option<bool>("--per-term") { Description = "every term" };
        Option<string> backend = new Option<string>("--backend") { Description = "lanes, double or rdkit", DefaultValueFactory = _ =>
            "double", HelpName = "NAME" }.OneOf("lanes", "double", "rdkit");
        Option<string> unit = CommonOptions.Unit();
        Option<double?> timeLimit = CommonOptions.TimeLimit("seconds for one molecule, default 120");
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("energy", "energies of molecules: force fields term by term, quantum chemistry",
            "molsampling energy examples/data/ligand.sdf --per-term",
            "molsampling energy CCO --unit kcal/mol",
            "molsampling energy CCO --force-field sage-2.2.1 --solvent obc2 --per-term",
            "molsampling energy CCO --potential gfn2 --solvent water",
            "molsampling energy examples/data/molecules.smi --json")
        {
            input, forceField, solvent, charges, perTerm, backend, unit, timeLimit, json,
        };
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) =>
            Task.Run(() => Failure.Guard(() => Run(parsed.GetRequiredValue(input), new(parsed.GetValue(forceField)!,
            parsed.GetValue(solvent) ?? "none", parsed.GetValue(charges)), parsed.GetValue(perTerm), parsed.GetValue(backend)!,
                parsed.GetValue(unit)!, parsed.GetValue(json), Limit(parsed.GetValue(timeLimit) ?? UsualLimit), cancellation))));
        return command;
    }

    private static TimeSpan Limit(double seconds) => seconds is >= 0.1 and <= 1e7 ? TimeSpan.FromSeconds(seconds)
        : throw new ArgumentException("--time-limit must lie between 0.1 and 10000000");

    private static int Run(string input, Model model, bool perTerm, string backend, string unit, bool json, TimeSpan limit,
        CancellationToken cancellation)
    {
        MoleculeEnergies.RequireFit(model.ForceField, model.Solvent, model.Charges);
        double factor = EnergyUnit.Factor(unit);
        int failed = 0, late = 0, notFinite = 0, number = 0;
        var rows = new List<object>();
        foreach (MoleculeEntry entry in MoleculeFile.Entries(input))
        {
            number++;
            _ = RDKitLibrary.IsAvailable; // the tool's first start builds it, which is no molecule's time
            try
            {
                (string geometry, Dictionary<string, double> terms, IReadOnlyList<string> notes) = WatchedWork.Run(entry.Name, limit,
                    stage => Terms(entry, model, backend, limit, stage), cancellation);
                double total = terms.Values.Sum();
                rows.Add(new { name = entry.Name, energyKjPerMol = total, geometry, terms, notes });
                if (!double.IsFinite(total))
                {
                    notFinite++;
                    IEnumerable<string> parts = terms.Where(t => !double.IsFinite(t.Value)).Select(t => t.Key).DefaultIfEmpty("their sum");
                    Console.Error.WriteLine($"molsampling: {entry.Name}: the energy is not a finite number ({string.Join(", ", parts)}): "
                        + (notes.Count > 0 ? string.Join("; ", notes) : "do two atoms coincide?"));
                }
                if (!json)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{TerminalText.Name(entry.Name)}  {factor * total:f6} {unit}  ({geometry})"));
                    if (perTerm)
                        foreach ((string name, double value) in terms)
                            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {name,-14} {factor * value,16:f6}"));
                    foreach (string note in notes)
                        Console.WriteLine($"    {note}");
                }
            }
            catch (Exception e) when (e is MoleculeFormatException or ParameterizationException)
            {
                failed++;
                Console.Error.WriteLine($"molsampling: {(e is ParameterizationException ? entry.Name + ": " : "")}{e.Message}");
            }
            catch (TimeoutException e)
            {
                late++;
                Console.Error.WriteLine($"molsampling: {e.Message}");
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine($"molsampling: interrupted after {number - 1} molecules");
                return ExitCodes.CouldNotFinish;
            }
        }
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { molecules = rows }, JsonOutput.Options));
        if (number > 1 && notFinite + late > 0)
            Console.Error.WriteLine($"molsampling: of {number} molecules {notFinite} have no finite energy and {late} were not done in time");
        return notFinite + late > 0 ? ExitCodes.CouldNotFinish : failed == 0 ? ExitCodes.Ok : ExitCodes.BadInput;
    }

    private static (string Geometry, Dictionary<string, double> Terms, IReadOnlyList<string> Notes) Terms(MoleculeEntry entry, Model model,
        string backend, TimeSpan limit, Action<string> stage)
    {
        MoleculeRecord record = entry.Parse();
        using RDKitMolecule molecule = record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        stage("embedding");
        double[] x = molecule.Coordinates ?? Embedded(molecule, limit);
        stage("energy");
        if (backend == "rdkit")
            return (Geometry(molecule), RDKitMolecule.MmffTermNames.Zip(molecule.MmffTermEnergies(Variant(model.ForceField),
                x)).ToDictionary(t => t.First, t => t.Second), []);
        EnergyModel energy = MoleculeEnergies.Create(model.ForceField, molecule, solvent: model.Solvent, charges: model.Charges);
        Potential any = energy.Potential;
        using IDisposable? owned = any as IDisposable;
        if (any is not ForceFieldPotential potential)
        {
            double whole = any.EvaluateDouble(x, new double[x.Length]);
            string[] own = [.. new[] { (any as XtbPotential)?.LastReason, Spread(any, x) }.OfType<string>()];
            return (Geometry(molecule), new() { [any.Name] = whole }, [.. energy.Notes, .. own]);
        }
        double[] energies = backend == "lanes" ? potential.EvaluateTermsInLanes([.. x.Select(v => (float)v)])
            : new double[potential.EnergyNames.Count];
        if (backend == "double")
            potential.EvaluateTerms(x, new double[x.Length], energies);
        bool isMmff = potential.EnergyNames.All(RDKitMolecule.MmffTermNames.Contains); // all its terms are shown, also those that are empty
        Dictionary<string, double> terms = isMmff ? RDKitMolecule.MmffTermNames.ToDictionary(t => t, _ => 0.0) : [];
        for (int t = 0; t < energies.Length; t++)
            // linear and bent angles are one term of MMFF
            terms[potential.EnergyNames[t]] = terms.GetValueOrDefault(potential.EnergyNames[t]) + energies[t];
        return (Geometry(molecule), terms, energy.Notes);
    }

    /// <summary>How much the members of a committee disagree; null where the potential is one model.</summary>
    private static string? Spread(Potential potential, double[] x)
    {
        if (potential is not ICommittee { MemberCount: > 1 } committee)
            return null;
        double[] members = new double[committee.MemberCount];
        committee.MemberEnergies(x, members);
        double mean = members.Average(), spread = Math.Sqrt(members.Sum(u => (u - mean) * (u - mean)) / (members.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{members.Length} members, standard deviation {spread:f3} kJ/mol")
            + (spread > committee.UsualSpread ? string.Create(CultureInfo.InvariantCulture,
                $": more than the {committee.UsualSpread:f2} where errors were measured; such a geometry was not learned") : "");
    }

    private static MmffVariant Variant(string forceField) => forceField switch
    {
        "mmff94" => MmffVariant.Mmff94,
        "mmff94s" => MmffVariant.Mmff94s,
        _ => throw new ArgumentException($"--backend rdkit computes MMFF94 and MMFF94s, not {forceField}"),
    };

    /// <summary>Which coordinates the energy belongs to.</summary>
    private static string Geometry(RDKitMolecule molecule) =>
        molecule.Coordinates is null ? "embedded: ETKDG, seed 1" : molecule.HasAddedHydrogens ? "as given, hydrogens added" : "as given";

    private static double[] Embedded(RDKitMolecule molecule, TimeSpan limit)
    {
        if (MoleculeAdmission.CountFragments(molecule.Molecule) is int fragments and > 1)
            throw new MoleculeFormatException(molecule.Molecule.Name, 0,
                $"{fragments} disconnected fragments: nothing says where they are, give coordinates");
        Embedding embedding = molecule.Embed(1, 1, limit);
        return embedding.Conformers.Count > 0 ? [.. embedding.Conformers[0].Select(v => (double)v)]
            : throw new MoleculeFormatException(molecule.Molecule.Name, 0, "no 3D embedding was found");
    }

    private sealed record Model(string ForceField, string Solvent, string? Charges);
}
