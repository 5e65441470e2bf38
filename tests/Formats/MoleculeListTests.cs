namespace MolSampling.Tests.Formats;

/// <summary>Lists before chemistry looks at them.</summary>
public sealed class MoleculeListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-lists-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Names_are_made_unique_without_taking_one_that_is_there()
    {
        var list = MoleculeList.Open(Write("l.smi", "O a\nN a\nC a (2)\n# no entry\nCC a\nCCC\nCCC\n"));
        Assert.Equal((6, 3), (list.Count, list.Renamed));
        Assert.Equal(["a", "a (3)", "a (2)", "a (4)", "CCC", "CCC (2)"], list.Entries().Select(e => e.Entry.Name));
        Assert.Equal([1, 2, 3, 5, 6, 7], list.Entries().Select(e => e.Entry.Line));
        Assert.Equal("a (3)", list.Entries().ElementAt(1).Entry.Parse().Molecule!.Molecule.Name);
    }

    [Fact]
    public void A_wrong_entry_counts_and_is_found_out_only_when_it_is_parsed()
    {
        var list = MoleculeList.Open(Write("l.smi", "O a\nC1CC b\nN c\n"));
        MoleculeEntry[] entries = [.. list.Entries().Select(e => e.Entry)];
        Assert.Equal((3, "b"), (list.Count, entries[1].Name));
        Assert.Throws<MoleculeFormatException>(() => entries[1].Read("b"));
        Assert.Contains("l.smi, line 2", entries[1].Parse().Error, StringComparison.Ordinal);
        Assert.NotNull(entries[2].Parse().Molecule);
    }

    [Fact]
    public void The_hash_is_that_of_the_content()
    {
        string first = MoleculeList.Open(Write("a.smi", "O\n")).Hash;
        Assert.Equal(first, MoleculeList.Open(Write("b.smi", "O\n")).Hash);
        Assert.NotEqual(first, MoleculeList.Open(Write("a.smi", "N\n")).Hash);
    }

    /// <summary>Taken for a name, an extension's stereo groups and R groups would be lost in silence.</summary>
    [Fact]
    public void A_CXSMILES_extension_is_no_name()
    {
        string path = Write("l.smi", "C[C@H](F)O |&1:1| racemic\nCC |$;R1$| ethane\nC[C@H](F)O |&1:1|\nCCO |no|extension\nCCN | none\n");
        MoleculeEntry[] entries = [.. MoleculeList.Open(path).Entries().Select(e => e.Entry)];
        Assert.Equal(["racemic", "ethane", "C[C@H](F)O |&1:1|", "|no|extension", "| none"], entries.Select(e => e.Name));
        using (var racemic = entries[0].Parse().Molecule!)
            Assert.True(Assert.Single(racemic.Molecule.StereoGroups).IsMixture);
        Assert.Contains("l.smi, line 2: SMILES 'CC |$;R1$|': atom 2 is an R group (R1)",
            entries[1].Parse().Error, StringComparison.Ordinal);
        Assert.All(entries[2..], e => Assert.Null(e.Parse().Error));
    }

    [Fact]
    public void Isomers_of_a_list_have_names_of_their_own()
    {
        string path = Write("l.smi", "CCO a\nFC(Cl)C=CBr b\nC1CC c\nCC(O)F a\nO b isomer 2\n");
        var list = MoleculeList.Open(path, enumeratesIsomers: true);
        Assert.Equal(
            ["a", "b isomer 1", "b isomer 2", "b isomer 3", "b isomer 4", "c", "a isomer 1", "a isomer 2", "b isomer 2 (2)"],
            list.Entries().Select(e => e.Entry.Name));
        Assert.Equal([1, 2, 2, 2, 2, 3, 4, 4, 5], list.Entries().Select(e => e.Entry.Line));
        Assert.Contains("l.smi, line 3", list.Entries().ElementAt(5).Entry.Parse().Error, StringComparison.Ordinal);
        Assert.Equal(5, MoleculeList.Open(path).Count);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
