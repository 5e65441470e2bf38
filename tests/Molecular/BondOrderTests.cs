using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.Formats;

namespace MolSampling.Tests.Molecular;

/// <summary>Bond orders from elements, bonds and a total charge: molecules whose orders are known must come back.</summary>
public sealed class BondOrderTests
{
    [Theory]
    [InlineData("c1ccc2[nH]ccc2c1")]
    [InlineData("CN1C=NC2=C1C(=O)N(C(=O)N2C)C")]
    [InlineData("C[N+](=O)[O-]")]
    [InlineData("Cc1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-]")]
    [InlineData("CN=[N+]=[N-]")]
    [InlineData("C[N+]#[C-]")]
    [InlineData("C=[N+]=[N-]")]
    [InlineData("C#CC#N")]
    [InlineData("C=C=C")]
    [InlineData("CC(=O)[O-]")]
    [InlineData("C[NH3+]")]
    [InlineData("[NH3+]CC(=O)[O-]")]
    [InlineData("CNC(N)=[NH2+]")]
    [InlineData("CS(=O)(=O)N")]
    [InlineData("CS(C)=O")]
    [InlineData("CS(=O)(=O)[O-]")]
    [InlineData("COP(=O)(OC)OC")]
    [InlineData("COP(=O)([O-])[O-]")]
    [InlineData("[O-][n+]1ccccc1")]
    [InlineData("C[n+]1ccccc1")]
    [InlineData("c1ccsc1")]
    [InlineData("FS(F)(F)(F)(F)F")]
    [InlineData("OB(O)c1ccccc1")]
    [InlineData("[C-]#[O+]")]
    [InlineData("c1ccc2cc3cc4ccccc4cc3cc2c1")]
    public void Known_molecules_come_back(string smiles) => Assert.Equal(Flat(smiles), Perceived(smiles));

    /// <summary>A test split of GEOM-DRUGS. In two amidinium ions the charge is written on the nitrogen that has the other
    /// half.</summary>
    [SkippableFact]
    public void Drug_like_molecules_come_back()
    {
        string[] smiles = [.. File.ReadLines(SharedData.Require("geom-drugs/test_500.smi")).Select(l => l.Split(' ', '\t')[0])];
        Assert.True(smiles.Length >= 400);
        string[] others = [.. smiles.Where(s => Flat(s) != Perceived(s))];
        Assert.Equal(["CC1=[N+](CC(=O)c2ccccc2)CCn2cccc21", "Cn1c(NC(=O)C[n+]2cc(-c3ccc(Cl)cc3)n3c2CCC3)cc(=O)n(C)c1=O"], others);
    }

    /// <summary>Molecules as their prmtops have them. Of one sulfone the table separates charges where it separates none
    /// elsewhere.</summary>
    [SkippableFact]
    public void Molecules_of_FreeSolv_come_back_from_their_prmtops()
    {
        var database = new FreeSolvDatabase(Path.GetDirectoryName(SharedData.Require("freesolv/database.txt"))!);
        string folder = Directory.CreateTempSubdirectory("molsampling-prmtops-").FullName;
        var others = new List<string>();
        try
        {
            database.Unpack(database.Molecules, folder);
            Assert.Equal(642, database.Molecules.Count);
            foreach (FreeSolvMolecule entry in database.Molecules)
            {
                (string prmtop, string coordinates) = FreeSolvDatabase.Files(entry, folder);
                var parameters = AmberPrmtop.Read(prmtop);
                using RDKitMolecule molecule = PrmtopChemistry.Molecule(parameters, parameters.ReadCoordinates(coordinates), entry.Id);
                if (Flat(molecule.Molecule.Smiles) != Flat(entry.Smiles))
                    others.Add($"{entry.Id} {entry.Smiles} {molecule.Molecule.Smiles}");
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
        Assert.Equal(["mobley_3323117 C1CC[S+2](C1)([O-])[O-] O=S1(=O)CCCC1"], others);
    }

    [Fact]
    public void What_fits_nothing_is_told()
    {
        Assert.Null(BondOrders.Find([6, 1, 1, 1], [(0, 1), (0, 2), (0, 3)], 0)); // a radical
        Assert.Null(BondOrders.Find([92], [], 0));
        Assert.Null(BondOrders.Find([6, 1, 1, 1, 1], [(0, 1), (0, 2), (0, 3), (0, 4)], 1));
    }

    private static string Perceived(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        int[] elements = [.. molecule.Molecule.Atoms.Select(a => a.AtomicNumber)];
        (int, int)[] bonds = [.. molecule.Molecule.Bonds.Select(b => (b.Begin, b.End))];
        (int[] orders, int[] charges) = BondOrders.Find(elements, bonds, molecule.Molecule.Atoms.Sum(a => a.FormalCharge))
            ?? throw new InvalidOperationException($"{smiles}: nothing fits");
        using RDKitMolecule made = MolBlock.ToMolecule(elements, bonds, orders, charges, new double[3 * elements.Length], "perceived");
        return Flat(made.Molecule.Smiles);
    }

    /// <summary>The canonical SMILES without stereo.</summary>
    private static string Flat(string smiles)
    {
        string flat = smiles.Replace("@", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal).Replace("\\", "",
            StringComparison.Ordinal);
        using var molecule = RDKitMolecule.FromSmiles(flat);
        return molecule.Molecule.Smiles;
    }
}
