using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Cli.Benchmarks;

/// <summary>The engine against OpenMM's Reference platform, term by term: the worst relative errors over sets of systems.</summary>
internal static class ParityBenchmark
{
    private const string AminoAcids = "ALA ARG ASN ASP CYS GLN GLU GLY HIE ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL";

    private static readonly string[] s_coordinates = [".inpcrd", ".crd", ".rst7"];

    /// <summary>Compares peptides of our own tables and the given systems, and writes the table.</summary>
    /// <param name="prmtops">More systems: prmtop files whose coordinates stand beside them (.inpcrd, .crd or .rst7).</param>
    /// <param name="json">Whether JSON is asked for.</param>
    public static void Run(IReadOnlyList<string> prmtops, bool json)
    {
        OpenMMLibrary.EnsureAvailable();
        var rows = new List<(string Set, TermParityRow Row)>();
        string[] tetrapeptides = ["A-V-E-K", "F-Y-W-G", "ACE-CYS-PRO-HIE-MET-NME"];
        foreach (string forceField in new[] { "ff14SB", "ff99SB-ILDN" })
        {
            rows.AddRange(Peptides($"20 capped amino acids, {forceField} + OBC II", forceField,
                AminoAcids.Split(' ').Select(a => $"ACE-{a}-NME")));
            rows.AddRange(Peptides($"3 tetrapeptides, {forceField} + OBC II", forceField, tetrapeptides));
        }
        foreach (string path in prmtops)
        {
            AmberPrmtop prmtop = AmberPrmtop.Read(path);
            double[] x = TermParity.Thermal(AmberCoordinates.Read(Coordinates(path)));
            IEnumerable<(string, ClassicalSystem)> systems = prmtops.Count > 4 || prmtop.BornRadii is null
                ? [($"{prmtops.Count} prmtop files, vacuum", prmtop.System)]
                : [($"{Path.GetFileName(path)} + OBC I", prmtop.WithImplicitSolvent(BornModel.Obc1)), ($"{Path.GetFileName(path)} + OBC II",
                    prmtop.WithImplicitSolvent(BornModel.Obc2))];
            foreach ((string name, ClassicalSystem system) in systems)
                rows.AddRange(TermParity.Compare(system, x).Select(r => (name, r)));
        }
        var worst = rows.GroupBy(r => (r.Set, r.Row.Term)).Select(g => new
        {
            system = g.Key.Set,
            term = g.Key.Term,
            energyError = g.Max(r => r.Row.EnergyError),
            forceError = g.Max(r => r.Row.ForceError),
            laneEnergyError = g.Max(r => r.Row.LaneEnergyError),
            laneForceError = g.Max(r => r.Row.LaneForceError),
        }).ToArray();
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "parity", machine = Machine.Describe(),
                openMM = OpenMMLibrary.Version, rows = worst }, JsonOutput.Options));
            return;
        }
        Console.WriteLine($"OpenMM {OpenMMLibrary.Version} Reference; largest relative errors\n\n| systems | term | energy, double | force, double | energy, lanes | force, lanes |\n|---|---|--:|--:|--:|--:|");
        foreach (var row in worst)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.system} | {row.term} | {row.energyError:0.0e-0} | {row.forceError:0.0e-0} | {row.laneEnergyError:0.0e-0} | {row.laneForceError:0.0e-0} |"));
    }

    private static IEnumerable<(string, TermParityRow)> Peptides(string set, string forceField, IEnumerable<string> sequences)
    {
        ForceField field = ForceField.Load(forceField, "obc2");
        foreach (string sequence in sequences)
        {
            Structure peptide = PeptideBuilder.Build(sequence);
            foreach (TermParityRow row in TermParity.Compare(field.Parameterize(peptide.Topology), TermParity.Thermal(peptide.Positions)))
                yield return (set, row);
        }
    }

    private static string Coordinates(string prmtop) =>
        s_coordinates.Select(e => Path.ChangeExtension(prmtop, e)).FirstOrDefault(File.Exists)
        ?? throw new MoleculeFormatException(prmtop, 0, "no .inpcrd, .crd or .rst7 file of that name beside it");
}
