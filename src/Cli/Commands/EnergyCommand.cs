using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling energy: MMFF94 energies of given coordinates as they stand.</summary>
internal static class EnergyCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "an .sdf file with 3D coordinates, or a SMILES / .smi file (one ETKDG geometry, seed 1)" };
        Option<string> forceField = CommonOptions.ForceField();
        var perTerm = new Option<bool>("--per-term") { Description = "all seven terms" };
        var backend = new Option<string>("--backend") { Description = "lanes, double or rdkit", DefaultValueFactory = _ => "double" };
        backend.AcceptOnlyFromAmong("lanes", "double", "rdkit");
        var timeLimit = new Option<double>("--time-limit") { Description = "seconds for one molecule", DefaultValueFactory = _ => 120 };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("energy", "MMFF94 energies of molecules, term by term") { input, forceField, perTerm, backend, timeLimit, json };
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed.GetRequiredValue(input), CommonOptions.Variant(parsed.GetValue(forceField)!),
            parsed.GetValue(perTerm), parsed.GetValue(backend)!, parsed.GetValue(json), Limit(parsed.GetValue(timeLimit)), cancellation))));
        return command;
    }

    private static TimeSpan Limit(double seconds) => seconds is >= 0.1 and <= 1e7 ? TimeSpan.FromSeconds(seconds) : throw new ArgumentException("--time-limit must lie between 0.1 and 10000000");

    private static int Run(string input, MmffVariant variant, bool perTerm, string backend, bool json, TimeSpan limit, CancellationToken cancellation)
    {
        int failed = 0, late = 0, notFinite = 0, number = 0;
        var rows = new List<object>();
        foreach (MoleculeEntry entry in MoleculeFile.Entries(input))
        {
            number++;
            try
            {
                Dictionary<string, double> terms = WatchedWork.Run(entry.Name, limit, stage => Terms(entry, variant, backend, limit, stage), cancellation);
                double total = terms.Values.Sum();
                rows.Add(new { name = entry.Name, energyKjPerMol = total, terms });
                if (!double.IsFinite(total))
                {
                    notFinite++;
                    Console.Error.WriteLine($"molsampling: {entry.Name}: the energy is not a finite number ({string.Join(", ", terms.Where(t => !double.IsFinite(t.Value)).Select(t => t.Key).DefaultIfEmpty("their sum"))}): do two atoms coincide?");
                }
                if (!json)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Name}  {total:f6} kJ/mol"));
                    if (perTerm)
                        foreach ((string name, double value) in terms)
                            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {name,-14} {value,16:f6}"));
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

    private static Dictionary<string, double> Terms(MoleculeEntry entry, MmffVariant variant, string backend, TimeSpan limit, Action<string> stage)
    {
        MoleculeRecord record = entry.Parse();
        using RDKitMolecule molecule = record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        stage("embedding");
        double[] x = molecule.Coordinates ?? Embedded(molecule, limit);
        stage("energy");
        if (backend == "rdkit")
            return RDKitMolecule.MmffTermNames.Zip(molecule.MmffTermEnergies(variant, x)).ToDictionary(t => t.First, t => t.Second);
        var potential = new ForceFieldPotential(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)], molecule.MmffTerms(variant)));
        double[] energies = backend == "lanes" ? potential.EvaluateTermsInLanes([.. x.Select(v => (float)v)]) : new double[potential.EnergyNames.Count];
        if (backend == "double")
            potential.EvaluateTerms(x, new double[x.Length], energies);
        Dictionary<string, double> terms = RDKitMolecule.MmffTermNames.ToDictionary(t => t, _ => 0.0);
        for (int t = 0; t < energies.Length; t++)
            terms[potential.EnergyNames[t]] += energies[t]; // linear and bent angles are one term of MMFF
        return terms;
    }

    private static double[] Embedded(RDKitMolecule molecule, TimeSpan limit)
    {
        Embedding embedding = molecule.Embed(1, 1, limit);
        return embedding.Conformers.Count > 0 ? [.. embedding.Conformers[0].Select(v => (double)v)]
            : throw new MoleculeFormatException(molecule.Molecule.Name, 0, "no 3D embedding was found");
    }
}
