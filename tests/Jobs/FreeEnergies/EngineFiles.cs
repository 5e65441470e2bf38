using System.Text;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>
/// The model of <see cref="SyntheticAlchemy"/> (exact free energies) written as other programs write it: Amber's mdout and NAMD's fepout
/// after files of Amber 16 and NAMD 2.13, and CSV tables. 300 K; energies of the files are in kcal/mol.
/// </summary>
internal sealed class EngineFiles(string folder, double[] lambdas, int rows, ulong seed)
{
    private const double Kcal = 8.31446261815324e-3 * 300 / 4.184;

    /// <summary>dU/dlambda of a window's samples, kT.</summary>
    public double[] Slopes(int k)
    {
        double stiffness = 1 + lambdas[k] * SyntheticAlchemy.B, mean = -lambdas[k] * SyntheticAlchemy.A / stiffness;
        var random = new RandomSource(seed).Split("engine files").Split(k);
        return [.. Enumerable.Range(0, rows).Select(_ => mean + random.NextNormal() / Math.Sqrt(stiffness)).Select(x =>
            SyntheticAlchemy.A * x + 0.5 * SyntheticAlchemy.B * x * x)];
    }

    /// <summary>One output for each lambda: two TI regions a step, running averages halfway and at the end, which are no samples.</summary>
    public string[] Amber(bool mbar = true, int every = 100, int print = 100) => [.. lambdas.Select((lambda, k) =>
    {
        string list = string.Concat(lambdas.Select(l => FormattableString.Invariant($" {l:f4}")));
        var text = new StringBuilder($"""

                  -------------------------------------------------------
                  Amber 16 PMEMD                              2016
                  -------------------------------------------------------

         Here is the input file:
         icfe = 1, clambda = 9.99, temp0 = 1.0,
        --------------------------------------------------------------------------------
           2.  CONTROL  DATA  FOR  THE  RUN
        --------------------------------------------------------------------------------
        Molecular dynamics:
             nstlim  =    {rows * 100}, nscm    =      1000, nrespa  =         1
             t       =   0.00000, dt      =   0.00200, vlimit  =  -1.00000
        Langevin dynamics temperature regulation:
             temp0   = 300.00000, tempi   =   0.00000, gamma_ln=   2.00000
        Free energy options:
             icfe    =       1, ifsc    =       0, klambda =       1
             clambda =  {lambda.ToString("f4", System.Globalization.CultureInfo.InvariantCulture)}, scalpha =  0.5000, scbeta  = 12.0000

        """);
        if (mbar)
            text.Append($"FEP MBAR options:\n     ifmbar  =       1,  bar_intervall =     {every}\n     mbar_states =       {lambdas.Length}\n\n    MBAR - lambda values considered:\n       {lambdas.Length} total: {list}\n    Extra energies will be computed    {rows} times.\n");
        text.Append("--------------------------------------------------------------------------------\n   3.  ATOMIC COORDINATES AND VELOCITIES\n--------------------------------------------------------------------------------\n\n begin time read from input coords =    20.000 ps\n\n"
            + "--------------------------------------------------------------------------------\n   4.  RESULTS\n--------------------------------------------------------------------------------\n\n");
        double[] slopes = Slopes(k);
        void Frame(string heading, int step, double gradient)
        {
            for (int region = 1; region <= 2; region++)
                text.Append(FormattableString.Invariant($"\n| TI region  {region}\n\n{heading}\n NSTEP = {step,8}   TIME(PS) = {20 + 0.002 * step,11:f3}  TEMP(K) =   300.00  PRESS =     0.0\n Etot   =    -11011.8884  EKtot   =      2289.1077  EPtot      =    -13300.9960\n DV/DL  = {gradient,14:f4}\n ------------------------------------------------------------------------------\n"));
        }
        for (int n = 0; n < rows; n++)
        {
            int step = (n + 1) * every;
            if (mbar)
            {
                text.Append("\nMBAR Energy analysis:\n");
                foreach (double to in lambdas)
                    text.Append(FormattableString.Invariant($"Energy at {to:f4} = {-13300 + n % 7 + Kcal * slopes[n] * (to - lambda),17:f6}\n"));
                text.Append(" ------------------------------------------------------------------------------\n");
            }
            if (step % print == 0)
                Frame("", step, Kcal * slopes[n]);
            if (n == rows / 2 || n == rows - 1)
            {
                Frame($"      A V E R A G E S   O V E R {step} S T E P S\n", step, 777);
                Frame("      R M S  F L U C T U A T I O N S\n", step, 888);
                Frame($"      DV/DL, AVERAGES OVER {step} STEPS\n", step, 999);
            }
        }
        text.Append("--------------------------------------------------------------------------------\n   5.  TIMINGS\n--------------------------------------------------------------------------------\n");
        return Put(FormattableString.Invariant($"ti-{k}.out"), text.ToString());
    })];

    /// <summary>One file of all windows with interleaved double-wide sampling, the last one looking back.</summary>
    public string Namd()
    {
        var text = new StringBuilder("#            STEP                 Elec                            vdW                    dE           dE_avg         Temp             dG\n#                           l             l+dl             l            l+dl         E(l+dl)-E(l)\n");
        for (int k = 0; k < lambdas.Length; k++)
        {
            bool isLast = k == lambdas.Length - 1;
            int next = isLast ? k - 1 : k + 1;
            bool doubleWide = k > 0 && !isLast;
            text.Append(FormattableString.Invariant($"#NEW FEP WINDOW: LAMBDA SET TO {lambdas[k]} LAMBDA2 {lambdas[next]}{(doubleWide ? FormattableString.Invariant($" LAMBDA_IDWS {lambdas[k - 1]}") : "")}\n"));
            double[] slopes = Slopes(k);
            void Row(int step, double slope, int to) => text.Append(FormattableString.Invariant(
                $"{(to == next ? "FepEnergy:" : "FepE_back:")} {step,6} {-5391.774,15:f4} {-5390.5907,15:f4} {533.4814,14:f4} {532.2565,14:f4} {Kcal * slope * (lambdas[to] - lambdas[k]),14:f4} {-99999999999.9999:f4} {300.1,14:f4} {"nan",14}\n"));
            for (int n = 0; n < 20; n++) // equilibration
                Row(10 * n, 1e3, next);
            text.Append("#200 STEPS OF EQUILIBRATION AT LAMBDA COMPLETED\n#STARTING COLLECTION OF ENSEMBLE AVERAGE\n");
            for (int n = 0; n < rows; n++)
            {
                Row(200 + 20 * n, slopes[n], next);
                if (doubleWide)
                    Row(210 + 20 * n, slopes[n], k - 1);
            }
            text.Append(FormattableString.Invariant($"#Free energy change for lambda window [ {lambdas[k]} {lambdas[next]} ] is 0.297762 ; net change until now is 0.297762\n"));
        }
        return Put("run.fepout", text.ToString());
    }

    /// <summary>u_kn as a table: state, time, u_0, u_1, ...</summary>
    public string Csv()
    {
        var text = new StringBuilder("iteration,state," + string.Join(',', Enumerable.Range(0, lambdas.Length).Select(k => $"u_{k}"))
            + ",replica\n");
        double[][] slopes = [.. Enumerable.Range(0, lambdas.Length).Select(Slopes)];
        for (int n = 0; n < rows; n++)
            for (int k = 0; k < lambdas.Length; k++)
                text.Append(FormattableString.Invariant($"{n},{k},{string.Join(',', lambdas.Select(to => FormattableString.Invariant($"{-4000.5 + slopes[k][n] * (to - lambdas[k]):R}")))},{(n + k) % lambdas.Length}\n"));
        return Put("u_kn.csv", text.ToString());
    }

    private string Put(string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
