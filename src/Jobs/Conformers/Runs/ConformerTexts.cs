using System.Globalization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>One molecule's pieces of the text files: conformers.sdf and those of <see cref="ConformerFormats"/>. A file is its head and the
/// pieces of all molecules, one behind the other.</summary>
/// <param name="Files">Text by name of the file.</param>
/// <param name="Notes">What a reader of the files should know.</param>
internal sealed record ConformerTexts(IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Notes)
{
    /// <summary>The file that is always there.</summary>
    public const string Sdf = "conformers.sdf";

    private const int LongestRemark = 68; // what is left of 80 columns

    /// <summary>What stands before the first molecule.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="unit">Of energies for people.</param>
    public static string Head(string file, string unit) => file != "basins.csv" ? "" : CsvText.Row([.. BasinColumns(unit)]);

    /// <summary>Columns of basins.csv.</summary>
    /// <param name="unit">Of energies for people.</param>
    public static IReadOnlyList<string> BasinColumns(string unit)
    {
        string per = EnergyUnit.Suffix(unit);
        return ["molecule", "basin", "population", "population_error", "population_below", $"free_energy_{per}", $"free_energy_error_{per}",
            $"energy_{per}", "state", "status"];
    }

    /// <summary>The pieces of a result.</summary>
    /// <param name="result">Not failed.</param>
    /// <param name="written">Indices of the basins whose conformers are written.</param>
    /// <param name="molecule">The result's.</param>
    /// <param name="options">Formats and unit.</param>
    public static ConformerTexts Of(ConformerResult result, IReadOnlyList<int> written, RDKitMolecule molecule, ConformerOptions options)
    {
        var files = new Dictionary<string, string> { [Sdf] = Text(w => WriteSdf(w, result, written)) };
        var notes = new List<string>();
        foreach ((ConformerFormats format, _, string file) in ConformerFormatNames.Of(options.Formats))
            try
            {
                files[file] = Text(writer => Write(writer, format, result, written, molecule, options.EnergyUnit));
                if (format == ConformerFormats.Mol2 && result.Charges is null)
                    notes.Add($"this energy has no charges of atoms: those in {file} are zero");
            }
            catch (ArgumentException e) // of a writer: what has no place in the format
            {
                files[file] = "";
                notes.Add($"{file} leaves this molecule out: {e.Message}");
            }
        return new(files, notes);
    }

    private static void Write(TextWriter writer, ConformerFormats format, ConformerResult result, IReadOnlyList<int> written,
        RDKitMolecule molecule, string unit)
    {
        switch (format)
        {
            case ConformerFormats.Xyz:
                foreach (int b in written)
                    XyzWriter.Write(writer, result.Molecule!, result.Basins[b].Representative,
                        $"{Numbers(result.Basins[b], b)} name=\"{result.Name.Replace('"', '\'')}\"");
                break;
            case ConformerFormats.Pdb:
                WritePdb(writer, result, written, molecule.Residues ?? LigandTopology.ForPdb(result.Molecule!));
                break;
            case ConformerFormats.Mol2:
                var types = new SybylTypes(result.Molecule!);
                foreach (int b in written)
                    Mol2Writer.Write(writer, result.Molecule!, molecule.Residues ?? LigandTopology.Of(result.Molecule!), types,
                        result.Basins[b].Representative, result.Charges, Numbers(result.Basins[b], b));
                break;
            default:
                WriteBasins(writer, result, EnergyUnit.Factor(unit));
                break;
        }
    }

    private static void WriteSdf(TextWriter writer, ConformerResult r, IReadOnlyList<int> written)
    {
        foreach (int b in written)
        {
            Basin basin = r.Basins[b];
            SdfWriter.Write(writer, r.Molecule!, basin.Representative,
            [
                ("name", r.Name), ("basin", b.ToString(CultureInfo.InvariantCulture)), ("population", Short(basin.Population)),
                    ("population_standard_error", Short(basin.PopulationError)),
                ("free_energy_kJ_per_mol", Short(basin.FreeEnergy)),
                    ("free_energy_standard_error_kJ_per_mol", Short(basin.FreeEnergyError)),
                ("energy_kJ_per_mol", Short(basin.RepresentativeEnergy)), ("torsion_state", basin.State),
                    ("status", r.Status.ToString().ToLowerInvariant()),
                .. r.Constraints.Count == 0 ? (IEnumerable<(string, string)>)[] : [("constraints", string.Join("; ", r.Constraints))],
            ]);
        }
    }

    /// <summary>Models from 1 and the bonds: a block that is a whole PDB file.</summary>
    private static void WritePdb(TextWriter writer, ConformerResult r, IReadOnlyList<int> written, Topology topology)
    {
        if (written.Count == 0)
            return;
        writer.Write($"COMPND    {Remark(r.Name)}\n");
        for (int n = 0; n < written.Count; n++)
        {
            Basin b = r.Basins[written[n]];
            writer.Write("REMARK   6 " + Remark(string.Create(CultureInfo.InvariantCulture,
                $"MODEL {n + 1}: BASIN {written[n]} POPULATION {b.Population:g4} +- {b.PopulationError:g2} ")
                + string.Create(CultureInfo.InvariantCulture, $"ENERGY {b.RepresentativeEnergy:f2} KJ/MOL")) + "\n");
        }
        for (int n = 0; n < written.Count; n++)
            PdbWriter.WriteModel(writer, topology, [.. r.Basins[written[n]].Representative.Select(v => (double)v)], n + 1);
        PdbWriter.WriteEnd(writer, topology);
    }

    private static void WriteBasins(TextWriter writer, ConformerResult r, double factor)
    {
        for (int b = 0; b < r.Basins.Count; b++)
        {
            Basin basin = r.Basins[b];
            writer.Write(CsvText.Row(r.Name, b, basin.Population, basin.PopulationError, basin.Below, factor * basin.FreeEnergy,
                factor * basin.FreeEnergyError, factor * basin.RepresentativeEnergy, basin.State, r.Status.ToString().ToLowerInvariant()));
        }
    }

    /// <summary>A conformer in one line, for comments.</summary>
    private static string Numbers(Basin basin, int index) => string.Create(CultureInfo.InvariantCulture,
        $"basin={index} population={basin.Population:g4} population_error={basin.PopulationError:g2} ")
        + string.Create(CultureInfo.InvariantCulture, $"energy_kJ_per_mol={basin.RepresentativeEnergy:f3}");

    /// <summary>What fits into a remark: the format is ASCII.</summary>
    private static string Remark(string text) => SingleLine.Of(string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?')),
        LongestRemark);

    private static string Short(double value) => value.ToString("g8", CultureInfo.InvariantCulture);

    private static string Text(Action<TextWriter> write)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        write(writer);
        return writer.ToString();
    }
}
