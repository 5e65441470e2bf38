using MolSampling.Potentials.Neural;

namespace MolSampling.Tests.Potentials.Neural;

/// <summary>Folders that are no weights of ANI, each told in one line that names the file.</summary>
public sealed class AniWeightsTests
{
    [Fact]
    public void A_folder_is_read_whole_or_by_member()
    {
        using var folder = new SyntheticAni();
        AniWeights all = AniWeights.Load(folder.Path);
        Assert.Equal(2, all.MemberCount);
        Assert.Equal(["train0", "train1"], all.MemberNames);
        Assert.Equal([-0.6, -38.1, -54.7, -75.2], all.SelfEnergies);
        AniWeights one = AniWeights.Load(Path.Combine(folder.Path, "train1"));
        Assert.Equal(["train1"], one.MemberNames);
        Assert.Equal(all.Only(1).Fingerprint, one.Fingerprint);
        Assert.NotEqual(all.Fingerprint, one.Fingerprint);
    }

    [Fact]
    public void Members_stand_in_the_order_of_their_numbers()
    {
        using var folder = new SyntheticAni();
        Directory.Move(Path.Combine(folder.Path, "train1"), Path.Combine(folder.Path, "train10"));
        Directory.Move(Path.Combine(folder.Path, "train0"), Path.Combine(folder.Path, "train2"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "training-notes"));
        Assert.Equal(["train2", "train10"], AniWeights.Load(folder.Path).MemberNames);
    }

    [Theory]
    [InlineData("ANN-N.nnf-l2.wparam is missing")]
    [InlineData("ANN-N.nnf-l3.bparam is missing")]
    [InlineData("ANN-C.nnf-l1.wparam: 13820 bytes; 9 outputs of 384 inputs are 13824")]
    [InlineData("ANN-C.nnf-l2.wparam: 384 bytes; 12 outputs of 9 inputs are 432")]
    [InlineData("ANN-H.nnf-l1.bparam: 5 bytes")]
    [InlineData("ANN-H.nnf-l1.bparam: 0 bytes")]
    [InlineData("ANN-O.nnf-l1.bparam: a network of one layer")]
    [InlineData("ANN-O.nnf-l3.wparam: number 8 is NaN")]
    [InlineData("ANN-O.nnf-l3.bparam: number 1 is Infinity")]
    [InlineData("sae_linfit.dat is missing")]
    [InlineData("sae_linfit.dat: elements H C N;")]
    [InlineData("sae_linfit.dat, line 2:")]
    [InlineData("sae_linfit.dat, line 6:")]
    [InlineData("another.params: EtaR is 19.7; ANI of H C N O has 16")]
    [InlineData("another.params: ShfZ is 0.1963495,0.5890486; ANI of H C N O has 0.19635,")]
    [InlineData("another.params: Atyp is H,C,O; ANI of H C N O has H,C,N,O")]
    [InlineData("no weights of ANI")]
    public void Bad_folders_are_told(string message)
    {
        using var folder = new SyntheticAni();
        string file = message.StartsWith("ANN", StringComparison.Ordinal) ? folder.File($"{message[4]}", message[11] - '0',
            message.Contains("wparam", StringComparison.Ordinal) ? "wparam" : "bparam", 1) : folder.SelfEnergies;
        string constants = Path.Combine(folder.Path, "another.params");
        switch (message)
        {
            case { } m when m.EndsWith("is missing", StringComparison.Ordinal): File.Delete(file); break;
            case { } m when m.Contains("l1.wparam", StringComparison.Ordinal): Cut(file, 13820); break;
            case { } m when m.Contains("l2.wparam", StringComparison.Ordinal): Cut(file, 384); break;
            case { } m when m.Contains(" 5 bytes", StringComparison.Ordinal): Cut(file, 5); break;
            case { } m when m.Contains(" 0 bytes", StringComparison.Ordinal): Cut(file, 0); break;
            case { } m when m.Contains("one layer", StringComparison.Ordinal):
                SyntheticAni.Write(file, new float[1]);
                SyntheticAni.Write(folder.File("O", 1, "wparam", 1), new float[384]);
                break;
            case { } m when m.Contains("NaN", StringComparison.Ordinal): Set(file, 7, float.NaN); break;
            case { } m when m.Contains("Infinity", StringComparison.Ordinal): Set(file, 0, float.PositiveInfinity); break;
            case { } m when m.Contains("elements", StringComparison.Ordinal): File.WriteAllText(file, "H,0=-0.6\nC,1=-38\nN,2=-54"); break;
            case { } m when m.Contains("line 2", StringComparison.Ordinal): File.WriteAllText(file, "H,0=-0.6\nC,1=many\n"); break;
            case { } m when m.Contains("line 6", StringComparison.Ordinal): File.AppendAllText(file, "C,1=-38\n"); break;
            case { } m when m.Contains("EtaR", StringComparison.Ordinal): File.WriteAllText(constants, "TM = 1\nEtaR = [19.7]\n"); break;
            case { } m when m.Contains("ShfZ", StringComparison.Ordinal):
                File.WriteAllText(constants, "ShfZ = [0.1963495,0.5890486]");
                break;
            case { } m when m.Contains("Atyp", StringComparison.Ordinal): File.WriteAllText(constants, "Atyp = [H,C,O]\n"); break;
            default: Directory.Delete(Path.Combine(folder.Path, "train0"), true); Directory.Delete(Path.Combine(folder.Path, "train1"),
                true); break;
        }
        string told = Assert.Throws<InvalidDataException>(() => AniWeights.Load(folder.Path)).Message;
        Assert.Contains(message, told, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told()
    {
        string nowhere = Path.Combine(Path.GetTempPath(), "molsampling-no-such-folder");
        Assert.Contains(nowhere, Assert.Throws<DirectoryNotFoundException>(() => AniWeights.Load(nowhere)).Message,
            StringComparison.Ordinal);
    }

    private static void Cut(string file, int length) => File.WriteAllBytes(file, File.ReadAllBytes(file)[..length]);

    private static void Set(string file, int index, float value)
    {
        byte[] bytes = File.ReadAllBytes(file);
        BitConverter.TryWriteBytes(bytes.AsSpan(4 * index), value);
        File.WriteAllBytes(file, bytes);
    }
}
