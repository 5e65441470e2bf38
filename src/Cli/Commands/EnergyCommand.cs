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
        Option<bool> json = CommonOptions.Json();
        var command = new Command("energy", "MMFF94 energies of molecules, term by term") { input, forceField, perTerm, backend, json };
        command.SetAction(parsed => Failure.Guard(() => Run(
            parsed.GetRequiredValue(input), CommonOptions.Variant(parsed.GetValue(forceField)!), parsed.GetValue(perTerm), parsed.GetValue(backend)!, parsed.GetValue(json))));
        return command;
    }

    private static int Run(string input, MmffVariant variant, bool perTerm, string backend, bool json)
    {
        int failed = 0;
        var rows = new List<object>();
        foreach (MoleculeRecord record in MoleculeInput.Read(input))
        {
            using RDKitMolecule? molecule = record.Molecule;
            try
            {
                if (molecule is null)
                    throw new MoleculeFormatException(record.Error!);
                Dictionary<string, double> terms = Terms(molecule, variant, backend);
                double total = terms.Values.Sum();
                rows.Add(new { name = record.Name, energyKjPerMol = total, geometry = Geometry(molecule), terms });
                if (!json)
                {
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{record.Name}  {total:f6} kJ/mol  ({Geometry(molecule)})"));
                    if (perTerm)
                        foreach ((string name, double value) in terms)
                            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {name,-14} {value,16:f6}"));
                }
            }
            catch (Exception e) when (e is MoleculeFormatException or ParameterizationException)
            {
                failed++;
                Console.Error.WriteLine($"molsampling: {(e is ParameterizationException ? record.Name + ": " : "")}{e.Message}");
            }
        }
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { molecules = rows }, JsonOutput.Options));
        return failed == 0 ? ExitCodes.Ok : ExitCodes.BadInput;
    }

    private static Dictionary<string, double> Terms(RDKitMolecule molecule, MmffVariant variant, string backend)
    {
        double[] x = molecule.Coordinates ?? Embedded(molecule);
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

    /// <summary>Which coordinates the energy belongs to.</summary>
    private static string Geometry(RDKitMolecule molecule) =>
        molecule.Coordinates is null ? "embedded: ETKDG, seed 1" : molecule.HasAddedHydrogens ? "as given, hydrogens added" : "as given";

    private static double[] Embedded(RDKitMolecule molecule)
    {
        Embedding embedding = molecule.Embed(1, 1, TimeSpan.FromSeconds(60));
        return embedding.Conformers.Count > 0 ? [.. embedding.Conformers[0].Select(v => (double)v)]
            : throw new MoleculeFormatException(molecule.Molecule.Name, 0, "no 3D embedding was found");
    }
}
