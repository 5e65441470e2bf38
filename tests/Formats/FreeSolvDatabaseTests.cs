using System.Formats.Tar;
using System.IO.Compression;
using MolSampling.Molecular.Formats;

namespace MolSampling.Tests.Formats;

/// <summary>FreeSolv's two files, small ones of their form.</summary>
public sealed class FreeSolvDatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-freesolv-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Molecules_are_found_by_name_and_number_and_unpacked_once()
    {
        Write("# a head\nm_1; C; methane; 2.0; 0.2; 2.45; 0.01; a; b\nm_2; CC; ethane; 1.83; 0.6; 2.46; 0.01; a; b\n");
        Pack("m_1.prmtop", "m_1.inpcrd", "m_2.prmtop");
        var database = new FreeSolvDatabase(_folder);
        Assert.Equal(new FreeSolvMolecule("m_2", "CC", "ethane", 1.83, 0.6, 2.46, 0.01), Assert.Single(database.Choose("Ethane")));
        Assert.Equal(["m_2", "m_1"], database.Choose("m_2,methane").Select(m => m.Id)); // as they are asked for
        Assert.Equal(database.Choose("2").Take(1), database.Choose("1"));
        string into = Path.Combine(_folder, "into");
        database.Unpack(database.Choose("methane"), into);
        (string prmtop, string coordinates) = FreeSolvDatabase.Files(database.Molecules[0], into);
        Assert.Equal(("m_1.prmtop", "m_1.inpcrd"), (File.ReadAllText(prmtop), File.ReadAllText(coordinates)));
        File.WriteAllText(prmtop, "kept");
        database.Unpack(database.Choose("methane"), into);
        Assert.Equal("kept", File.ReadAllText(prmtop));
        Assert.Contains("m_2.inpcrd", Assert.Throws<MoleculeFormatException>(() => database.Unpack(database.Molecules, into)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_is_one_line()
    {
        Assert.Contains("no such file", Assert.Throws<MoleculeFormatException>(() => new FreeSolvDatabase(_folder)).Message,
            StringComparison.Ordinal);
        Write("# a head\nm_1; C; methane; ?; 0.2; 2.45; 0.01\n");
        Assert.Contains("line 2: no number in field 4", Assert.Throws<MoleculeFormatException>(() => new FreeSolvDatabase(_folder)).Message,
            StringComparison.Ordinal);
        Write("m_1; C; methane; 2; 0.2; 2.45; 0.01\n");
        foreach (string none in new[] { "0", "propane" })
            Assert.Throws<ArgumentException>(() => new FreeSolvDatabase(_folder).Choose(none));
    }

    private void Write(string table) => File.WriteAllText(Path.Combine(_folder, "database.txt"), table);

    /// <summary>Files that hold their names.</summary>
    private void Pack(params string[] names)
    {
        using var archive = new TarWriter(new GZipStream(File.Create(Path.Combine(_folder, "amber.tar.gz")), CompressionLevel.Fastest));
        foreach (string name in names)
            archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"amber/{name}") { DataStream = new MemoryStream(
                System.Text.Encoding.ASCII.GetBytes(name)) });
    }
}
