using System.Text;
using System.Xml.Linq;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>The tables in data/forcefields are cut from OpenMM's files and give the same numbers.</summary>
public sealed class OwnTableTests
{
    private const string OpenMMData = "/usr/lib/python3/dist-packages/openmm/app/data";

    private static readonly string[] s_residues =
    [
        "ALA", "ARG", "ASH", "ASN", "ASP", "CYM", "CYS", "CYX", "GLH", "GLN", "GLU", "GLY", "HID", "HIE", "HIP", "ILE", "LEU", "LYN", "LYS",
            "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL",
    ];

    public static TheoryData<string, string, string> Tables => new()
    {
        { "ff14SB", "amber14/protein.ff14SB.xml",
            "J. A. Maier, C. Martinez, K. Kasavajhala, L. Wickstrom, K. E. Hauser, C. Simmerling, J. Chem. Theory Comput. 11 (2015) 3696" },
        { "ff99SB-ILDN", "amber99sbildn.xml",
            "K. Lindorff-Larsen, S. Piana, K. Palmo, P. Maragakis, J. L. Klepeis, R. O. Dror, D. E. Shaw, Proteins 78 (2010) 1950" },
        { "ff96", "amber96.xml", "P. A. Kollman, Acc. Chem. Res. 29 (1996) 461" },
        { "tip3p", "tip3p.xml", "W. L. Jorgensen, J. Chandrasekhar, J. D. Madura, R. W. Impey, M. L. Klein, J. Chem. Phys. 79 (1983) 926" },
    };

    /// <summary>With MOLSAMPLING_WRITE_TABLES=1 the tables are written instead of compared.</summary>
    [SkippableTheory, MemberData(nameof(Tables))]
    public void Tables_are_cut_from_OpenMMs_files(string name, string file, string reference)
    {
        string source = Path.Combine(OpenMMData, file);
        Skip.IfNot(File.Exists(source), "OpenMM's force fields are not here (python3-simtk)");
        string comment = $"""

              {(name == "tip3p" ? "TIP3P water" : $"{name} for peptides: the amino acids with their protonation and terminal variants, ACE, NME, NHE")}.
              Cut by ForceFieldXmlWriter from {file} of OpenMM 7.7{(name == "ff14SB" ? ", which was converted from leaprc.protein.ff14SB of AmberTools 17.6" : "")}.
              Reference: {reference}.
              Licence: MIT, as OpenMM's file. Portions copyright (c) 2006-2021 Stanford University and the authors.

            """;
        using var made = new MemoryStream();
        ForceFieldXmlWriter.WriteSubset(ForceFieldFiles.Find(source), Residues(source), comment, made);
        string path = Path.Combine(SharedData.Checkout, "data", "forcefields", $"{name}.xml");
        if (Environment.GetEnvironmentVariable("MOLSAMPLING_WRITE_TABLES") == "1")
            File.WriteAllBytes(path, made.ToArray());
        Assert.Equal(Encoding.UTF8.GetString(made.ToArray()), File.ReadAllText(path));
    }

    [SkippableTheory]
    [InlineData("ff14SB", "amber14/protein.ff14SB.xml")]
    [InlineData("ff99SB-ILDN", "amber99sbildn.xml")]
    [InlineData("ff96", "amber96.xml")]
    public void Tables_give_the_same_system_as_the_originals(string name, string file)
    {
        string source = Path.Combine(OpenMMData, file), table = Path.Combine(SharedData.Checkout, "data", "forcefields", $"{name}.xml");
        Skip.IfNot(File.Exists(source), "OpenMM's force fields are not here (python3-simtk)");
        (ForceField own, ForceField original) = (ForceField.Load(table), ForceField.Load(source));
        foreach (string sequence in new[] { "ACE-ARNDCQEGHILKMFPSTWYV-NME", "ARNDCQEGHILKMFPSTWYV", "ACE-HID-HIP-ASH-GLH-LYN-CYX-G-CYX-NHE",
            "VA", "PG" })
        {
            Topology topology = PeptideBuilder.Build(sequence).Topology;
            (ClassicalSystem a, ClassicalSystem b) = (own.Parameterize(topology), original.Parameterize(topology));
            Assert.Equal(a.Masses, b.Masses);
            Assert.Equal(a.Bonds, b.Bonds);
            Assert.Equal(a.Angles, b.Angles);
            Assert.Equal(a.Torsions, b.Torsions);
            Assert.Equal(a.Particles, b.Particles);
            Assert.Equal(a.Exceptions, b.Exceptions);
        }
    }

    [Fact]
    public void Tables_are_in_the_assembly()
    {
        foreach (string name in ForceFieldFiles.Names)
        {
            using Stream stream = ForceFieldFiles.Embedded(name).Open();
            Assert.NotEmpty(XDocument.Load(stream).Root!.Elements("AtomTypes").Elements());
        }
        Assert.Contains("ff99SB-ILDN", Assert.Throws<FileNotFoundException>(() => ForceFieldFiles.Find("ff00")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Installed_OpenMMs_are_found_in_order()
    {
        string folder = Directory.CreateTempSubdirectory("molsampling").FullName;
        try
        {
            string Make(params string[] path) =>
                Directory.CreateDirectory(Path.Combine([folder, .. path, "openmm", "app", "data"])).FullName;
            string own = Make("own"), conda = Make("conda", "lib", "python3.12", "site-packages"),
                environment = Make("venv", "lib", "python3.11", "site-packages");
            var variables = new Dictionary<string, string> { ["VIRTUAL_ENV"] = Path.Combine(folder, "venv"), ["CONDA_PREFIX"] =
                Path.Combine(folder, "conda"), ["OPENMM_DIR"] = Path.Combine(folder, "own") };
            Assert.Equal([own, conda, environment], ForceFieldFiles.DataFolders(variables.GetValueOrDefault).Where(f =>
                f.StartsWith(folder, StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static HashSet<string> Residues(string source) =>
        [.. XDocument.Load(source).Root!.Elements("Residues").Elements("Residue").Select(r => (string)r.Attribute("name")!)
        .Where(n => s_residues.Contains(n) || (n.Length == 4 && n[0] is 'N' or 'C' && s_residues.Contains(n[1..]))
            || n is "ACE" or "NME" or "NHE" or "HOH")];
}
