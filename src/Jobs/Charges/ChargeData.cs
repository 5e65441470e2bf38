using System.IO.Compression;
using System.Text.Json;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular;
using MolSampling.Potentials.Classical;

namespace MolSampling.Jobs.Charges;

/// <summary>
/// Public sets of AM1-BCC charges, read from a folder with am1bcc/openfe-ligands.jsonl.gz (OpenFreeEnergy/openfe-benchmarks; charges of the
/// ELF10 conformers, of antechamber and of NAGL; lines whose nitro groups are spoilt are left out) and freesolv/database.txt, amber.tar.gz
/// (MobleyLab/FreeSolv).
/// </summary>
internal static class ChargeData
{
    /// <summary>Sets that are judged each by itself: the first file's molecules as large as drugs and its smaller ones, most of which are
    /// those of FreeSolv with other charges; FreeSolv.</summary>
    public const string Ligands = "ligands", Small = "small", FreeSolv = "freesolv";

    private const int LeastHeavyAtoms = 15; // of a ligand

    /// <exception cref="MoleculeFormatException">A molecule and its charges do not fit together; it is named.</exception>
    public static List<ChargeExample> Read(string folder) => [.. ReadLigands(Path.Combine(folder, "am1bcc", "openfe-ligands.jsonl.gz")),
        .. ReadFreeSolv(Path.Combine(folder, "freesolv"))];

    private sealed record Line(string Smiles, double[] Elf10, double[] Antechamber, double[] Nagl);

    private static IEnumerable<ChargeExample> ReadLigands(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        for (int number = 1; reader.ReadLine() is { } text; number++)
        {
            Line line = JsonSerializer.Deserialize<Line>(text, JsonSerializerOptions.Web)!;
            using RDKitMolecule molecule = RDKitMolecule.FromSmiles(line.Smiles, $"{number}");
            if (HasSpoiltNitro(molecule.Molecule))
                continue;
            int[] written = WrittenOrder(molecule.Molecule, line.Smiles, Path.GetFileName(path), number);
            string set = molecule.Molecule.Atoms.Count(a => a.AtomicNumber > 1) < LeastHeavyAtoms ? Small : Ligands;
            yield return new(set, $"{number}", molecule.Molecule, ("elf10", In(line.Elf10)), ("antechamber", In(line.Antechamber)),
                ("nagl", In(line.Nagl)));

            double[] In(double[] charges) => [.. written.Select(w => charges[w])];
        }
    }

    /// <summary>Whether a nitro group lost its double bond and its positive charge, N([O-])[O-]: the set has charges of such dianions in 27
    /// lines, which nobody means.</summary>
    private static bool HasSpoiltNitro(Molecule molecule) => Enumerable.Range(0, molecule.Atoms.Count).Any(i =>
        molecule.Atoms[i] is { AtomicNumber: 7, FormalCharge: 0 } && molecule.Neighbours[i].Count(n =>
            molecule.Atoms[n] is { AtomicNumber: 8, FormalCharge: -1 }) == 2);

    /// <summary>
    /// Where each atom stands in a SMILES with explicit hydrogens, each in brackets: RDKit takes hydrogens away and adds them again behind
    /// the others. Hydrogens of one atom are alike.
    /// </summary>
    private static int[] WrittenOrder(Molecule molecule, string smiles, string file, int line)
    {
        var symbols = new List<string>();
        var bonds = new List<(int, int)>(); // but for those that close rings, which no hydrogen has
        var branches = new Stack<int>();
        int last = -1;
        for (int p = 0; p < smiles.Length; p++)
        {
            if (smiles[p] == '(')
                branches.Push(last);
            else if (smiles[p] == ')')
                last = branches.Pop();
            else if (smiles[p] == '[')
            {
                int end = smiles.IndexOf(']', p);
                string symbol = new([.. smiles[(p + 1)..end].SkipWhile(char.IsAsciiDigit).TakeWhile(char.IsAsciiLetter)]);
                if (last >= 0)
                    bonds.Add((last, symbols.Count));
                last = symbols.Count;
                symbols.Add(symbol.Length == 2 && symbol[1] == 'H' ? symbol[..1] : symbol);
                p = end;
            }
        }
        int[] heavy = [.. Enumerable.Range(0, symbols.Count).Where(k => symbols[k] != "H")];
        int[] written = [.. Enumerable.Repeat(-1, molecule.Atoms.Count)], place = [.. Enumerable.Range(0, molecule.Atoms.Count).Where(i =>
            molecule.Atoms[i].AtomicNumber > 1)];
        bool fits = symbols.Count == molecule.Atoms.Count && heavy.Length == place.Length;
        for (int k = 0; fits && k < heavy.Length; k++)
        {
            fits = string.Equals(symbols[heavy[k]], molecule.Atoms[place[k]].Symbol, StringComparison.OrdinalIgnoreCase);
            written[place[k]] = heavy[k];
            int[] there = [.. molecule.Neighbours[place[k]].Where(n => molecule.Atoms[n].AtomicNumber == 1)], here = [.. bonds
                .Where(b => b.Item1 == heavy[k] || b.Item2 == heavy[k]).Select(b => b.Item1 == heavy[k] ? b.Item2 : b.Item1)
                .Where(n => symbols[n] == "H")];
            fits &= there.Length == here.Length;
            for (int h = 0; fits && h < here.Length; h++)
                written[there[h]] = here[h];
        }
        return fits && !written.Contains(-1) ? written : throw new MoleculeFormatException(file, line,
            "the SMILES does not write all atoms in brackets, hydrogens too");
    }

    private static IEnumerable<ChargeExample> ReadFreeSolv(string folder)
    {
        DirectoryInfo unpacked = Directory.CreateTempSubdirectory("freesolv");
        try
        {
            var database = new FreeSolvDatabase(folder);
            database.Unpack(database.Molecules, unpacked.FullName);
            foreach (FreeSolvMolecule entry in database.Molecules)
            {
                using RDKitMolecule molecule = RDKitMolecule.FromSmiles(entry.Smiles, entry.Id);
                var prmtop = AmberPrmtop.Read(FreeSolvDatabase.Files(entry, unpacked.FullName).Prmtop);
                int[] map = Match(molecule.Molecule, prmtop) ?? throw new MoleculeFormatException("database.txt", 0,
                    $"{entry.Id}: the prmtop holds another molecule than {entry.Smiles}");
                yield return new(FreeSolv, entry.Id, molecule.Molecule, ("am1bcc",
                    [.. map.Select(i => prmtop.System.Particles[i].Charge)]));
            }
        }
        finally
        {
            unpacked.Delete(recursive: true);
        }
    }

    /// <summary>The file's atom for each of the molecule's, by elements and bonds; with all hydrogens explicit these fix the bond orders
    /// but for resonance.</summary>
    private static int[]? Match(Molecule molecule, AmberPrmtop prmtop)
    {
        var theirs = new List<int>[prmtop.AtomicNumbers.Count];
        for (int i = 0; i < theirs.Length; i++)
            theirs[i] = [];
        foreach (HarmonicBondParameters bond in prmtop.System.Bonds)
        {
            theirs[bond.I].Add(bond.J);
            theirs[bond.J].Add(bond.I);
        }
        return new LabelledGraph([.. molecule.Atoms.Select(a => a.AtomicNumber)], [.. molecule.Neighbours]).IsomorphismsTo(
            new([.. prmtop.AtomicNumbers], [.. theirs.Select(t => t.ToArray())])).FirstOrDefault();
    }
}
